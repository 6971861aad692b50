//! `check show`: what differs between both sides.

use super::sync_preview::{record_words, totals_line};
use crate::gateway::{Gateway, GatewayOptions};
use crate::print::Output;
use clap::Args;
use serde_json::Value;
use std::fmt::Write as _;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    gateway: GatewayOptions,
    /// The check's number
    id: i64,
    /// How many records
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=100))]
    limit: u64,
    /// Where an earlier list ended
    #[arg(long)]
    after: Option<String>,
}

pub(crate) async fn show_check(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let gateway = Gateway::new(arguments.gateway)?;
    let mut query = format!("limit={}", arguments.limit);
    if let Some(after) = &arguments.after {
        let _ = write!(query, "&after={after}");
    }
    print_check(&gateway, arguments.id, &query, output).await?;
    Ok(ExitCode::SUCCESS)
}

/// Prints a check, and returns it as it came.
pub(super) async fn print_check(gateway: &Gateway, id: i64, query: &str, output: Output) -> anyhow::Result<Value> {
    let data = gateway.get(&format!("/api/geniacs/consistency-checks/{id}?{query}")).await?;

    let check = &data["consistency_check"];
    output.line(format!(
        "check {id}: {}, {}",
        check["status"].as_str().unwrap_or("-"),
        totals_line(&check["totals"])
    ))?;
    for difference in check["differences"].as_array().into_iter().flatten() {
        output.line(difference_line(difference))?;
    }

    if let Some(next) = data["next_cursor"].as_str() {
        output.note(format_args!("there are more: --after {next}"));
    }
    if has_differences(check) && !check["repair"].is_null() {
        output.note(format_args!("to repair: geniacsctl sync apply {id}"));
    }

    output.data(&data)?;
    Ok(data)
}

/// 0: both sides say the same, 2: they differ, 1: nobody knows.
pub(super) fn exit_code(data: &Value) -> ExitCode {
    let check = &data["consistency_check"];
    match check["status"].as_str() {
        Some("success") if !has_differences(check) => ExitCode::SUCCESS,
        Some("success") => ExitCode::from(2),
        _ => ExitCode::FAILURE,
    }
}

fn has_differences(check: &Value) -> bool {
    check["totals"]["compared"] != check["totals"]["equal"]
}

fn difference_line(difference: &Value) -> String {
    let mut line = format!("{:<13}  {}", difference["kind"].as_str().unwrap_or("-"), record_words(difference));
    for field in difference["fields"].as_array().into_iter().flatten() {
        let name = field["geniacs_field"].as_str().unwrap_or("-");
        let _ = write!(line, "\n    {name}: here {}, there {}", field["here"], field["there"]);
    }
    line
}
