//! `run`: the main job, step by step, timed and checked.

mod job;
mod sizes;
mod steps;
mod table;

use super::check::{self, CheckTarget, EntityReport};
use crate::simulator::Simulator;
use anyhow::bail;
use clap::Args;
use geniacsctl::database::connect_client;
use geniacsctl::gateway::{Gateway, GatewayOptions};
use geniacsctl::print::Output;
use job::Job;
use serde_json::json;
use service::Settings;
use sizes::Sizes;
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
    /// The integration's number, as `connect` printed it
    #[arg(long, env = "INTEGRATION_ID")]
    integration: i64,
    /// Signs webhooks: what the integration was made with
    #[arg(long, env = "DEMO_WEBHOOK_SECRET", hide_env_values = true)]
    webhook_secret: String,
    #[command(flatten)]
    sizes: Sizes,
}

pub(crate) async fn run_demo(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let settings = Settings::load()?;
    let mut connection = geniacsctl::database::connect_current(&settings).await?;
    let targets = CheckTarget::find(&mut connection, Some(arguments.integration), None).await?;

    let url = arguments.ingest_url.trim_end_matches('/');
    let mut job = Job {
        gateway: Gateway::new(arguments.gateway)?,
        simulator: Simulator::new(&arguments.simulator_url)?,
        client: connect_client(settings.database.url()?).await?,
        webhook_url: format!("{url}/api/geniacs/webhook/{}", arguments.integration),
        webhook_secret: arguments.webhook_secret,
        integration_id: arguments.integration,
        sizes: arguments.sizes,
        output,
        rows: Vec::new(),
        complaints: Vec::new(),
    };

    job.run(&targets).await?;
    table::print_table(&job.rows, output)?;
    output.line("both sides, value by value and reference by reference:")?;
    let reports = check::compare_targets(&job.client, &job.simulator, &targets).await?;
    finish_demo(&job, &reports)
}

/// Shows what was compared and what is not as it must be, which is an error.
fn finish_demo(job: &Job, reports: &[EntityReport]) -> anyhow::Result<ExitCode> {
    let (output, complaints) = (job.output, &job.complaints);
    check::print_reports(reports, output)?;
    for complaint in complaints {
        output.line(format_args!("  ✗ {complaint}"))?;
    }

    output.data(&json!({
        "steps": job.rows.iter().map(table::row_data).collect::<Vec<_>>(),
        "compared": reports.iter().map(EntityReport::data).collect::<Vec<_>>(),
        "complaints": complaints,
    }))?;

    check::verdict_on(reports)?;
    if !complaints.is_empty() {
        bail!("{} numbers are not as they must be; they are named above", complaints.len());
    }

    output.line("no differences; every number is as it must be")?;
    Ok(ExitCode::SUCCESS)
}
