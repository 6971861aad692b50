//! `demo run`: the main job, step by step, timed and checked.

mod job;
mod steps;
mod table;

use super::demo_check::{self, Target};
use crate::gateway::{Gateway, GatewayOptions};
use crate::simulator::Simulator;
use crate::{print, provider};
use anyhow::bail;
use clap::Args;
use domain::EntityType;
use job::Job;
use service::Settings;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    gateway: GatewayOptions,
    /// The simulator's address
    #[arg(long, env = "SIMULATOR_URL")]
    simulator_url: String,
    /// webhook-ingest's address
    #[arg(long, env = "INGEST_URL")]
    ingest_url: String,
    /// The integration's number, as `demo connect` printed it
    #[arg(long, env = "INTEGRATION_ID")]
    integration: i64,
    /// Signs webhooks: what the integration was made with
    #[arg(long, env = "DEMO_WEBHOOK_SECRET", hide_env_values = true)]
    webhook_secret: String,
    #[command(flatten)]
    sizes: Sizes,
}

/// How much is done.
#[derive(Debug, Clone, Copy, Args)]
struct Sizes {
    /// Records that only the partner has, to be pulled
    #[arg(long, default_value_t = 10_000)]
    partner_records: u64,
    /// Events that the partner sends
    #[arg(long, default_value_t = 1_000)]
    webhooks: u64,
    /// Customers that change here before the last step
    #[arg(long, default_value_t = 100)]
    touched: u32,
    /// Chooses what the partner makes, and what changes
    #[arg(long, default_value_t = 42)]
    seed: u64,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let settings = Settings::load()?;
    let mut connection = crate::database::current(&settings).await?;
    let target = Target::find(&mut connection, Some(arguments.integration), EntityType::Customers).await?;
    let url = arguments.ingest_url.trim_end_matches('/');
    let mut job = Job {
        gateway: Gateway::new(arguments.gateway)?,
        simulator: Simulator::new(&arguments.simulator_url)?,
        client: provider::connect(settings.database.url()?).await?,
        webhook_url: format!("{url}/api/geniacs/webhook/{}", target.integration_id),
        webhook_secret: arguments.webhook_secret,
        target,
        sizes: arguments.sizes,
        rows: Vec::new(),
        complaints: Vec::new(),
    };
    job.run().await?;
    table::print(&job.rows)?;
    print::line("both sides, value by value:")?;
    let checked = demo_check::check(&job.client, &job.simulator, &job.target).await;
    for complaint in &job.complaints {
        print::line(format_args!("  ✗ {complaint}"))?;
    }
    checked?;
    if !job.complaints.is_empty() {
        bail!("{} numbers are not as they must be; they are named above", job.complaints.len());
    }
    print::line("no differences; every number is as it must be")?;
    Ok(ExitCode::SUCCESS)
}
