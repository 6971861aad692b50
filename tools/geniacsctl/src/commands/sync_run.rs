//! `sync run`: starts a sync, or one of each entity in turn.

use super::sync_show::{end_code, sync_summary};
use crate::gateway::{Gateway, GatewayOptions};
use crate::print::Output;
use crate::watch::{Screen, watch_sync};
use anyhow::{Context as _, bail};
use clap::Args;
use domain::{EntityType, SyncDirection, SyncStatus, SyncType};
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
    #[arg(long, required_unless_present = "all", conflicts_with = "all")]
    entity: Option<EntityType>,
    /// One sync of each entity, what others refer to first; each begins when the one before has ended
    #[arg(long)]
    all: bool,
    /// full, incremental, scheduled or real_time
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
    /// Any filter of the gateway's, as often as needed: ids=17,18, status=active, limit=100, updated_since=…
    #[arg(long = "filter", value_name = "NAME=VALUE")]
    filters: Vec<String>,
    /// Any option of the gateway's: dry_run=true, create_missing=false, update_existing=false, if_running=reject
    #[arg(long = "option", value_name = "NAME=VALUE")]
    options: Vec<String>,
    /// Show the progress, and end with the sync: 0 success, 2 partial, 1 failed or cancelled
    #[arg(long)]
    watch: bool,
}

pub(crate) async fn run_sync(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let request = sync_request(&arguments)?;
    let gateway = Gateway::new(arguments.gateway)?;

    let Some(entity) = arguments.entity else { return run_all(&gateway, request, output).await };

    let (sync, data) = gateway.trigger(&request_for(&request, entity)).await?;

    if !arguments.watch {
        output.done(format_args!("sync {} is {}", sync.id, sync.status), &data)?;
        return Ok(ExitCode::SUCCESS);
    }

    let (sync, data) = watch_sync(&gateway, sync.id, &mut Screen::new(&format!("sync {}", sync.id), output)).await?;
    output.done(sync_summary(&sync), &data)?;
    Ok(end_code(sync.status))
}

/// Ends with the worst of the syncs; one that failed as a whole ends it, since what follows refers to its records.
async fn run_all(gateway: &Gateway, request: Value, output: Output) -> anyhow::Result<ExitCode> {
    let (mut all, mut worst) = (Vec::new(), SyncStatus::Success);
    for entity in EntityType::IN_ORDER {
        let (sync, _) = gateway.trigger(&request_for(&request, entity)).await.with_context(|| format!("{entity}"))?;
        let (sync, mut data) = watch_sync(gateway, sync.id, &mut Screen::new(entity.as_str(), output)).await?;
        output.line(format_args!("{entity}: {}", sync_summary(&sync)))?;
        all.push(data["sync"].take());
        match sync.status {
            SyncStatus::Success => {}
            SyncStatus::Partial => worst = SyncStatus::Partial,
            status => {
                worst = status;
                output.note("what would follow refers to these records, and is left out");
                break;
            }
        }
    }
    output.data(&json!({"syncs": all}))?;
    Ok(end_code(worst))
}

/// The request for one entity.
fn request_for(request: &Value, entity: EntityType) -> Value {
    let mut request = request.clone();
    request["entity_type"] = json!(entity);
    request
}

fn sync_request(arguments: &Arguments) -> anyhow::Result<Value> {
    let mut filters = Map::new();

    for pair in &arguments.filters {
        let (name, value) = pair_of("--filter", pair)?;
        filters.insert(name.to_owned(), read_filter(name, value, arguments.direction)?);
    }

    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            filters.insert(name.to_owned(), value);
        }
    };
    add("limit", arguments.limit.map(Value::from));
    add("status", arguments.status.clone().map(Value::from));
    add("updated_since", arguments.updated_since.clone().map(Value::from));

    let mut request = json!({
        "integration_id": arguments.integration,
        "sync_type": arguments.sync_type,
        "sync_direction": arguments.direction,
        "filters": filters,
    });

    for pair in &arguments.options {
        let (name, value) = pair_of("--option", pair)?;
        request["options"][name] = value.parse().map_or_else(|_| Value::from(value), Value::Bool);
    }

    Ok(request)
}

fn pair_of<'a>(argument: &str, pair: &'a str) -> anyhow::Result<(&'a str, &'a str)> {
    match pair.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name, value)),
        _ => bail!("{argument} {pair} is not a name and a value; write {argument} name=value"),
    }
}

/// Ids are numbers here and texts at Geniacs; the gateway judges the rest.
fn read_filter(name: &str, value: &str, direction: SyncDirection) -> anyhow::Result<Value> {
    let number = |text: &str| -> anyhow::Result<Value> {
        text.trim().parse::<u64>().map(Value::from).with_context(|| format!("--filter {name}={value} is not a number"))
    };

    match name {
        "limit" => number(value),
        "ids" if direction == SyncDirection::ToGeniacs => value.split(',').map(number).collect(),
        "ids" => Ok(value.split(',').map(|id| Value::from(id.trim())).collect()),
        _ => Ok(Value::from(value)),
    }
}
