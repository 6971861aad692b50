//! `sync run`: starts a sync.

use super::sync_watch::{Screen, end_code, summary, watch};
use crate::gateway::{Gateway, GatewayOptions};
use crate::print;
use clap::Args;
use domain::{EntityType, SyncDirection, SyncType};
use serde_json::{Map, Value, json};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    gateway: GatewayOptions,
    /// The integration's number
    #[arg(long)]
    integration: i64,
    /// customers, subscriptions, payments, monitoring_data, invoices or nas_servers
    #[arg(long)]
    entity: EntityType,
    /// full or incremental
    #[arg(long = "type")]
    sync_type: SyncType,
    /// to_geniacs, from_geniacs or bidirectional
    #[arg(long)]
    direction: SyncDirection,
    /// At most so many records
    #[arg(long)]
    limit: Option<u64>,
    /// Only records with this status
    #[arg(long)]
    status: Option<String>,
    /// Only records changed at or after this moment, such as 2026-01-31T00:00:00Z
    #[arg(long)]
    updated_since: Option<String>,
    /// Show the progress, and end with the sync: 0 success, 2 partial, 1 failed or cancelled
    #[arg(long)]
    watch: bool,
    /// Print the gateway's data
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let request = request(&arguments);
    let gateway = Gateway::new(arguments.gateway)?;
    let (sync, data) = gateway.trigger(&request).await?;
    if !arguments.watch {
        return show(arguments.json, &data, || format!("sync {} is {}", sync.id, sync.status), ExitCode::SUCCESS);
    }
    let (sync, data) = watch(&gateway, sync.id, &mut Screen::new(&format!("sync {}", sync.id))).await?;
    show(arguments.json, &data, || summary(&sync), end_code(sync.status))
}

pub(super) fn show(
    as_json: bool,
    data: &Value,
    text: impl FnOnce() -> String,
    code: ExitCode,
) -> anyhow::Result<ExitCode> {
    if as_json {
        print::line(serde_json::to_string_pretty(data)?)?;
    } else {
        print::line(text())?;
    }
    Ok(code)
}

fn request(arguments: &Arguments) -> Value {
    let mut filters = Map::new();
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            filters.insert(name.to_owned(), value);
        }
    };
    add("limit", arguments.limit.map(Value::from));
    add("status", arguments.status.clone().map(Value::from));
    add("updated_since", arguments.updated_since.clone().map(Value::from));
    json!({
        "integration_id": arguments.integration,
        "sync_type": arguments.sync_type,
        "entity_type": arguments.entity,
        "sync_direction": arguments.direction,
        "filters": filters,
    })
}
