//! `check`: whether both sides hold the same, value by value.

mod compare;
mod ids;
mod report;
mod target;
mod walk;

pub(super) use report::{EntityReport, print_reports};
pub(super) use target::CheckTarget;
pub(super) use walk::count_failing;

use crate::simulator::Simulator;
use anyhow::bail;
use clap::Args;
use domain::EntityType;
use geniacsctl::database::connect_client;
use geniacsctl::print::Output;
use serde_json::json;
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
    /// Which kind of record; all that have mappings unless told
    #[arg(long)]
    entity: Option<EntityType>,
}

pub(crate) async fn check_both_sides(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let settings = Settings::load()?;
    let simulator = Simulator::new(&arguments.simulator_url)?;

    let mut connection = geniacsctl::database::connect_current(&settings).await?;
    let targets = CheckTarget::find(&mut connection, arguments.integration, arguments.entity).await?;
    let client = connect_client(settings.database.url()?).await?;

    let reports = compare_targets(&client, &simulator, &targets).await?;

    output.data(&json!({"compared": reports.iter().map(EntityReport::data).collect::<Vec<_>>()}))?;
    print_reports(&reports, output)?;
    verdict_on(&reports)?;

    Ok(ExitCode::SUCCESS)
}

/// Compares both sides of each entity.
pub(super) async fn compare_targets(
    client: &Client,
    simulator: &Simulator,
    targets: &[CheckTarget],
) -> anyhow::Result<Vec<EntityReport>> {
    let mut reports = Vec::with_capacity(targets.len());
    for target in targets {
        let mut report = EntityReport::new(target.entity());
        walk::walk_both_sides(&target.side(client), simulator, target, &mut report).await?;
        reports.push(report);
    }
    Ok(reports)
}

/// A difference is an error.
pub(super) fn verdict_on(reports: &[EntityReport]) -> anyhow::Result<()> {
    match reports.iter().map(EntityReport::differences).sum::<u64>() {
        0 => Ok(()),
        differences => bail!("the two sides differ in {differences} places; the first are named above"),
    }
}
