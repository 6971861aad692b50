//! `replay`: applies stored webhook events once more.

use crate::gateway::{Gateway, GatewayError, GatewayOptions};
use crate::print::{Output, grouped};
use anyhow::bail;
use clap::Args;
use serde_json::{Map, Value};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    gateway: GatewayOptions,
    /// The event's number; without it, the events that the filters name
    id: Option<i64>,
    /// Those of the integration with this number
    #[arg(long, conflicts_with = "id")]
    integration: Option<i64>,
    /// Those of this type, such as customer.updated
    #[arg(long, conflicts_with = "id")]
    event_type: Option<String>,
    /// Those that are received, processed, superseded, failed or set_aside; failed and set_aside ones unless told
    #[arg(long, conflicts_with = "id")]
    state: Option<String>,
    /// Those that came at or after this moment, such as 2026-01-31T00:00:00Z
    #[arg(long, conflicts_with = "id")]
    from: Option<String>,
    /// Those that came before this moment
    #[arg(long, conflicts_with = "id")]
    to: Option<String>,
    /// At most so many, the oldest first
    #[arg(long, conflicts_with = "id", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    limit: Option<u64>,
}

pub(crate) async fn replay_events(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let filters = event_filters(&arguments);
    if arguments.id.is_none() && filters.is_empty() {
        bail!("say which events: give an event's number, or filters such as --state set_aside");
    }

    let gateway = Gateway::new(arguments.gateway)?;

    let Some(id) = arguments.id else {
        let data = gateway.post("/api/geniacs/webhook-events/replay", &Value::Object(filters)).await?;
        let count = data["replayed"].as_u64().ok_or(GatewayError::Incomplete("the number of events"))?;
        output.done(format_args!("{} events wait to be applied again", grouped(count)), &data)?;
        if data["more"] == true {
            output.note("there may be more; the same command takes up the next ones");
        }
        return Ok(ExitCode::SUCCESS);
    };

    let path = format!("/api/geniacs/webhook-events/{id}/replay");
    let data = gateway.post(&path, &Value::Object(Map::new())).await?;
    output.done(format_args!("event {id} waits to be applied again"), &data)?;
    Ok(ExitCode::SUCCESS)
}

fn event_filters(arguments: &Arguments) -> Map<String, Value> {
    let Arguments { integration, event_type, state, from, to, limit, .. } = arguments;

    let text = |value: &Option<String>| value.clone().map(Value::from);
    [
        ("integration_id", integration.map(Value::from)),
        ("event_type", text(event_type)),
        ("state", text(state)),
        ("from", text(from)),
        ("to", text(to)),
        ("limit", limit.map(Value::from)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}
