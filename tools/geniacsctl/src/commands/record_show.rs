//! `record show`: a local record beside its link.

use crate::gateway::{Gateway, GatewayError, GatewayOptions};
use crate::print::Output;
use clap::Args;
use domain::EntityType;
use serde_json::Value;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    gateway: GatewayOptions,
    /// customers, subscriptions, payments, monitoring_data, invoices or nas_servers
    entity: EntityType,
    /// Its local id
    id: i64,
    /// With which integration it is looked at
    #[arg(long, env = "INTEGRATION_ID")]
    integration: i64,
}

pub(crate) async fn show_record(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let Arguments { gateway, entity, id, integration } = arguments;
    let path = format!("/api/geniacs/records/{entity}/{id}?integration_id={integration}");
    let mut data = Gateway::new(gateway)?.get(&path).await?;
    let record = data["record"].take();
    output.done(record_words(&record).ok_or(GatewayError::Incomplete("the record"))?, &record)?;
    Ok(ExitCode::SUCCESS)
}

fn record_words(record: &Value) -> Option<String> {
    let state = record["state"].as_str()?;
    let geniacs_id = record["geniacs_id"].as_str().unwrap_or("-");
    let synced = record["last_synced_at"].as_str().unwrap_or("never");

    let head = format!(
        "{} {}: {state}, Geniacs id {geniacs_id}, last synced {synced}",
        record["entity_type"].as_str()?,
        record["id"].as_i64()?
    );

    let fields = record["record"].as_object()?.iter().map(|(name, value)| format!("  {name}: {value}"));

    Some(std::iter::once(head).chain(fields).collect::<Vec<_>>().join("\n"))
}
