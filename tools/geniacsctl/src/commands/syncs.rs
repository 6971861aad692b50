//! `syncs`: the list of syncs.

use crate::gateway::{Gateway, GatewayError, GatewayOptions};
use crate::print::{Output, grouped};
use clap::Args;
use domain::{EntityType, SyncStatus, SyncType};
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    gateway: GatewayOptions,
    /// Only those of the integration with this number
    #[arg(long)]
    integration: Option<i64>,
    /// Only those of customers, subscriptions, payments, monitoring_data, invoices or nas_servers
    #[arg(long)]
    entity: Option<EntityType>,
    /// Only full, incremental, scheduled or real_time ones
    #[arg(long = "type")]
    sync_type: Option<SyncType>,
    /// Only pending, processing, success, partial, failed or cancelled ones
    #[arg(long)]
    status: Option<SyncStatus>,
    /// Only those made at or after this moment, such as 2026-01-31T00:00:00Z
    #[arg(long)]
    from: Option<String>,
    /// Only those made before this moment
    #[arg(long)]
    to: Option<String>,
    /// How many, newest first
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    limit: u64,
    /// Where an earlier list ended
    #[arg(long)]
    after: Option<String>,
}

pub(crate) async fn list_syncs(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let filters = sync_filters(&arguments);
    let gateway = Gateway::new(arguments.gateway)?;

    let (syncs, next) = gateway.list("/api/geniacs/syncs", "syncs", &filters, arguments.after, arguments.limit).await?;

    if !syncs.is_empty() {
        output.line(heading_line())?;
    }
    for sync in &syncs {
        output.line(sync_line(sync).ok_or(GatewayError::Incomplete("a sync"))?)?;
    }

    if let Some(next) = &next {
        output.note(format_args!("there are more: --after {next}"));
    }

    output.data(&json!({"syncs": syncs, "next_cursor": next}))?;
    Ok(ExitCode::SUCCESS)
}

fn sync_filters(arguments: &Arguments) -> Vec<(&'static str, String)> {
    let Arguments { integration, entity, sync_type, status, from, to, .. } = arguments;

    [
        ("integration_id", integration.map(|id| id.to_string())),
        ("entity_type", entity.map(|entity| entity.to_string())),
        ("sync_type", sync_type.map(|sync_type| sync_type.to_string())),
        ("status", status.map(|status| status.to_string())),
        ("from", from.clone()),
        ("to", to.clone()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

fn heading_line() -> String {
    format!(
        "{:>8} {:>11} {:<16} {:<12} {:<13} {:<10} {:>10} {:>8}  {}",
        "sync", "integration", "entity", "type", "direction", "status", "records", "failed", "started"
    )
}

fn sync_line(sync: &Value) -> Option<String> {
    let text = |name: &str| sync[name].as_str().unwrap_or("-");
    let count = |path: &str| sync.pointer(path).and_then(Value::as_u64).map_or("-".to_owned(), grouped);

    Some(format!(
        "{:>8} {:>11} {:<16} {:<12} {:<13} {:<10} {:>10} {:>8}  {}",
        sync["id"].as_i64()?,
        sync["integration_id"].as_i64()?,
        text("entity_type"),
        text("sync_type"),
        text("sync_direction"),
        text("status"),
        count("/progress/processed_records"),
        count("/progress/failed_records"),
        text("started_at"),
    ))
}
