//! `conflicts list`: what both sides changed.

use crate::gateway::{Gateway, GatewayError, GatewayOptions};
use crate::print::Output;
use clap::Args;
use domain::EntityType;
use domain::conflict::ConflictState;
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    gateway: GatewayOptions,
    /// Only those of the integration with this number
    #[arg(long)]
    integration: Option<i64>,
    /// Only those of customers, subscriptions, payments, invoices or nas_servers
    #[arg(long)]
    entity: Option<EntityType>,
    /// Only open, decided or resolved ones
    #[arg(long)]
    state: Option<ConflictState>,
    /// Only those of the record with this local id
    #[arg(long)]
    record: Option<i64>,
    /// How many, newest first
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    limit: u64,
    /// Where an earlier list ended
    #[arg(long)]
    after: Option<String>,
}

pub(crate) async fn list_conflicts(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let filters = conflict_filters(&arguments);

    let gateway = Gateway::new(arguments.gateway)?;
    let listed = gateway.list("/api/geniacs/conflicts", "conflicts", &filters, arguments.after, arguments.limit);
    let (conflicts, next) = listed.await?;

    for conflict in &conflicts {
        output.line(conflict_line(conflict).ok_or(GatewayError::Incomplete("a conflict"))?)?;
        for field in conflict["fields"].as_array().into_iter().flatten() {
            output.line(field_line(field))?;
        }
    }

    if let Some(next) = &next {
        output.note(format_args!("there are more: --after {next}"));
    }

    output.data(&json!({"conflicts": conflicts, "next_cursor": next}))?;
    Ok(ExitCode::SUCCESS)
}

fn conflict_filters(arguments: &Arguments) -> Vec<(&'static str, String)> {
    let Arguments { integration, entity, state, record, .. } = arguments;
    [
        ("integration_id", integration.map(|id| id.to_string())),
        ("entity_type", entity.map(|entity| entity.to_string())),
        ("state", state.map(|state| state.to_string())),
        ("local_id", record.map(|id| id.to_string())),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

fn conflict_line(conflict: &Value) -> Option<String> {
    let text = |name: &str| conflict[name].as_str().unwrap_or("-");

    Some(format!(
        "conflict {} of integration {}: {} {} ({}), {} by {}, {}",
        conflict["id"].as_i64()?,
        conflict["integration_id"].as_i64()?,
        text("entity_type"),
        conflict["local_id"].as_i64()?,
        text("geniacs_id"),
        text("state"),
        text("policy"),
        text("created_at"),
    ))
}

fn field_line(field: &Value) -> String {
    let name = field["field"].as_str().unwrap_or_default();
    let winner = field["winner"].as_str().map_or(String::new(), |winner| format!(", {winner} won"));
    format!("  {name}: {} before, {} here, {} at Geniacs{winner}", field["base"], field["local"], field["geniacs"])
}
