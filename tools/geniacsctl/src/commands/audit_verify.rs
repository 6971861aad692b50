//! `audit verify`: whether the audit log is as it was written.

use crate::database;
use crate::print::Output;
use anyhow::Context as _;
use audit_chain::{AuditChain, Noted, Report};
use clap::Args;
use serde_json::json;
use service::Settings;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What an earlier verification printed as the newest entry; it must still be in the log
    #[arg(long, value_name = "NUMBER:SIGNATURE")]
    noted: Option<Noted>,
}

pub(crate) async fn verify_audit_log(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let settings = Settings::load()?;
    let log = AuditChain::new(settings.encryption.keys()?);
    let mut connection = database::connect_current(&settings).await?;

    // A chain of an earlier version, or one with a single entry, is not settled yet. Where that fails, as without the right to
    // write, the log is verified all the same; a key that is missing is named by the verification, too.
    let _ = log.settle(&mut connection).await;

    let report = log.verify(&mut connection, arguments.noted.as_ref()).await;
    let report = report.context("the audit log could not be verified")?;

    tell_report(&report, output)?;

    output.data(&json!({
        "intact": report.problem.is_none(),
        "checked": report.checked,
        "unchained": report.unchained,
        "removed_upto": report.removed_upto,
        "newest": report.head.to_string(),
        "problem": report.problem,
        "message": report.problem.as_ref().map(ToString::to_string),
    }))?;

    Ok(if report.problem.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell_report(report: &Report, output: Output) -> std::io::Result<()> {
    let Report { checked, unchained, removed_upto, head, problem } = report;
    match problem {
        Some(problem) => {
            output.line(format_args!("{problem}; the {checked} entries before it are as they were written"))?;
        }
        None => output.line(format_args!("the audit log is as it was written: {checked} entries"))?,
    }

    if *unchained > 0 {
        output.line(format_args!("{unchained} older entries, from before there was a chain, cannot be checked"))?;
    }
    if *removed_upto > 0 {
        output.line(format_args!("retention took away the entries up to number {removed_upto}"))?;
    }

    if problem.is_none() {
        output.line(format_args!("newest entry, to be noted elsewhere: {head}"))?;
    }

    Ok(())
}
