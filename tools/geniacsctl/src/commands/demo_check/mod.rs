//! `demo check`: whether both sides hold the same, value by value.

mod compare;
mod report;
mod target;
mod walk;

pub(super) use target::Target;
pub(super) use walk::count_invalid;

use crate::provider;
use crate::simulator::Simulator;
use anyhow::bail;
use clap::Args;
use domain::EntityType;
use report::Report;
use service::Settings;
use std::process::ExitCode;
use tokio_postgres::Client;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The simulator's address
    #[arg(long, env = "SIMULATOR_URL", default_value = "http://127.0.0.1:8090")]
    simulator_url: String,
    /// The integration's number; needed where there are several
    #[arg(long, env = "INTEGRATION_ID")]
    integration: Option<i64>,
    /// Which kind of record
    #[arg(long, default_value = "customers")]
    entity: EntityType,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let settings = Settings::load()?;
    let simulator = Simulator::new(&arguments.simulator_url)?;
    let mut connection = crate::database::current(&settings).await?;
    let target = Target::find(&mut connection, arguments.integration, arguments.entity).await?;
    let client = provider::connect(settings.database.url()?).await?;
    check(&client, &simulator, &target).await?;
    Ok(ExitCode::SUCCESS)
}

/// Compares both sides and prints what was found; a difference is an error.
pub(super) async fn check(client: &Client, simulator: &Simulator, target: &Target) -> anyhow::Result<()> {
    let mut report = Report::default();
    walk::walk(client, simulator, target, &mut report).await?;
    report.print()?;
    match report.differences() {
        0 => Ok(()),
        differences => bail!("the two sides differ in {differences} places; the first are named above"),
    }
}
