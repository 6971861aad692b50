//! `sync preview`: what a dry run would do.

use crate::gateway::{Gateway, GatewayOptions};
use crate::print::Output;
use clap::Args;
use domain::PlanAction;
use serde_json::Value;
use std::fmt::Write as _;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    gateway: GatewayOptions,
    /// The number of the dry run
    id: i64,
    /// Only records to create, update, delete, skip, or that are unchanged, conflict or fail
    #[arg(long)]
    action: Option<PlanAction>,
    /// How many records
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=100))]
    limit: u64,
    /// Where an earlier list ended
    #[arg(long)]
    after: Option<String>,
}

pub(crate) async fn show_preview(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let gateway = Gateway::new(arguments.gateway)?;

    let mut path = format!("/api/geniacs/sync/{}/preview?limit={}", arguments.id, arguments.limit);
    if let Some(action) = arguments.action {
        let _ = write!(path, "&action={action}");
    }
    if let Some(after) = &arguments.after {
        let _ = write!(path, "&after={after}");
    }

    let data = gateway.get(&path).await?;

    let preview = &data["preview"];
    output.line(totals_line(&preview["totals"]))?;
    for item in preview["items"].as_array().into_iter().flatten() {
        output.line(item_line(item))?;
    }

    if let Some(next) = data["next_cursor"].as_str() {
        output.note(format_args!("there are more: --after {next}"));
    }

    output.data(&data)?;
    Ok(ExitCode::SUCCESS)
}

/// `create 1, update 2`, without what there is none of.
pub(super) fn totals_line(totals: &Value) -> String {
    let totals = totals.as_object().into_iter().flatten().filter(|(_, count)| count.as_u64() != Some(0));
    let named: Vec<String> = totals.map(|(name, count)| format!("{name} {count}")).collect();
    if named.is_empty() { "nothing".to_owned() } else { named.join(", ") }
}

fn item_line(item: &Value) -> String {
    let arrow = if item["direction"] == "to_geniacs" { "→ Geniacs" } else { "← Geniacs" };
    let mut line = format!("{arrow}  {:<9}  {}", item["action"].as_str().unwrap_or("-"), record_words(item));

    for change in item["changes"].as_array().into_iter().flatten() {
        let _ = write!(
            line,
            "\n    {}: {} → {}",
            change["geniacs_field"].as_str().unwrap_or("-"),
            change["old"],
            change["new"]
        );
    }

    line
}

/// A record by its ids, and what there is to say of it.
pub(super) fn record_words(item: &Value) -> String {
    let mut text = match (&item["record_id"], &item["geniacs_id"]) {
        (Value::Null, Value::Null) => "a record without an id".to_owned(),
        (Value::Null, there) => format!("Geniacs record {}", there.as_str().unwrap_or_default()),
        (here, Value::Null) => format!("record {here}"),
        (here, there) => format!("record {here} ({})", there.as_str().unwrap_or_default()),
    };

    if let Some(reason) = item["reason"].as_str() {
        text.push_str(": ");
        text.push_str(reason);
    }

    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_record_stands_with_each_field_that_would_change() {
        let change = json!({"field": "name", "geniacs_field": "customer_name", "old": "A", "new": "B"});
        let item = json!({"record_id": 5, "geniacs_id": "cust_5", "direction": "to_geniacs", "action": "update",
            "changes": [change], "reason": null});
        assert_eq!(item_line(&item), "→ Geniacs  update     record 5 (cust_5)\n    customer_name: \"A\" → \"B\"");
        assert_eq!(totals_line(&json!({"create": 1, "update": 0, "fail": 2})), "create 1, fail 2");
    }
}
