//! `check run`: compares both sides.

use super::check_show::{self, exit_code};
use crate::gateway::{Gateway, GatewayError, GatewayOptions};
use crate::print::Output;
use crate::watch::{Screen, watch_sync};
use clap::Args;
use domain::EntityType;
use serde_json::json;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    gateway: GatewayOptions,
    /// The integration's number
    #[arg(long)]
    integration: i64,
    /// What to compare: customers, subscriptions, payments, monitoring_data, invoices or nas_servers
    #[arg(long)]
    entity: EntityType,
    /// Wait for its end and show what differs: 0 nothing, 2 something, 1 it failed
    #[arg(long)]
    watch: bool,
}

pub(crate) async fn run_check(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let gateway = Gateway::new(arguments.gateway)?;
    let body = json!({"integration_id": arguments.integration, "entity_type": arguments.entity});

    let data = gateway.post("/api/geniacs/consistency-checks", &body).await?;
    let check = &data["consistency_check"];
    let id = check["id"].as_i64().ok_or(GatewayError::Incomplete("the check"))?;

    if !arguments.watch {
        output.done(format!("check {id} is {}", check["status"].as_str().unwrap_or("-")), &data)?;
        return Ok(ExitCode::SUCCESS);
    }

    watch_sync(&gateway, id, &mut Screen::new(&format!("check {id}"), output)).await?;
    let data = check_show::print_check(&gateway, id, "limit=20", output).await?;
    Ok(exit_code(&data))
}
