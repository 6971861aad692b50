//! `record timeline`: what happened to a record, and why.

use crate::gateway::{Gateway, GatewayError, GatewayOptions};
use crate::print::Output;
use clap::Args;
use domain::EntityType;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    gateway: GatewayOptions,
    /// customers, subscriptions, payments, invoices or nas_servers
    entity: EntityType,
    /// Its local id
    id: i64,
    /// Only what happened with the integration with this number
    #[arg(long)]
    integration: Option<i64>,
    /// How many lines, newest first
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    limit: u64,
    /// Where an earlier list ended
    #[arg(long)]
    after: Option<String>,
}

pub(crate) async fn show_timeline(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let Arguments { gateway, entity, id, integration, limit, after } = arguments;
    let filters: Vec<_> = integration.map(|id| ("integration_id", id.to_string())).into_iter().collect();
    let path = format!("/api/geniacs/records/{entity}/{id}/timeline");

    let (lines, next) = Gateway::new(gateway)?.list(&path, "timeline", &filters, after, limit).await?;

    for line in &lines {
        output.line(timeline_words(line).ok_or(GatewayError::Incomplete("a line"))?)?;
    }

    if let Some(next) = &next {
        output.note(format_args!("there are more: --after {next}"));
    }

    output.data(&json!({"timeline": lines, "next_cursor": next}))?;
    Ok(ExitCode::SUCCESS)
}

fn timeline_words(line: &Value) -> Option<String> {
    let text = |name: &str| line[name].as_str();
    let cause = &line["cause"];
    let number = cause["sync_id"].as_i64().or_else(|| cause["event_id"].as_i64());

    let mut words = format!(
        "{}  {:<12} {:<14} {} {}",
        text("at")?,
        text("direction")?,
        text("action")?,
        cause["kind"].as_str()?,
        number.map_or("-".to_owned(), |number| number.to_string())
    );

    for (field, change) in line["changes"].as_object()? {
        write!(words, "\n    {field}: {} -> {}", change["old"], change["new"]).ok()?;
    }

    if let Some(reason) = text("reason") {
        write!(words, "\n    {reason}").ok()?;
    }

    Some(words)
}
