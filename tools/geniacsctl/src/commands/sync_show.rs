//! A sync in words.

use crate::gateway::sync::{RecordError, Summary, Sync};
use crate::print::{grouped, per_second};
use domain::SyncStatus;
use std::process::ExitCode;

/// How many failed records a summary names.
const SHOWN_ERRORS: usize = 5;

/// The exit code that tells how a sync ended.
pub(super) fn end_code(status: SyncStatus) -> ExitCode {
    match status {
        SyncStatus::Success => ExitCode::SUCCESS,
        SyncStatus::Partial => ExitCode::from(2),
        _ => ExitCode::FAILURE,
    }
}

/// How a sync stands or ended, for a person.
pub(super) fn sync_summary(sync: &Sync) -> String {
    let records = sync.progress.processed_records;
    let took = sync
        .seconds()
        .map_or(String::new(), |seconds| format!(" in {seconds:.1} s ({}/s)", grouped(per_second(records, seconds))));

    let mut text = format!(
        "sync {}: {}, {} records{took}: {}",
        sync.id,
        sync.status,
        grouped(records),
        counts_line(&sync.summary)
    );

    for remark in sync_remarks(sync) {
        text.push_str("\n  ");
        text.push_str(&remark);
    }

    text
}

fn counts_line(summary: &Summary) -> String {
    let Summary { created, updated, unchanged, skipped, deleted, conflicts, failed } = *summary;
    let always = [(created, "created"), (updated, "updated"), (unchanged, "unchanged"), (failed, "failed")];
    let seldom = [(skipped, "skipped"), (deleted, "deleted"), (conflicts, "conflicts")];
    let shown = always.into_iter().chain(seldom.into_iter().filter(|(count, _)| *count > 0));
    shown.map(|(count, name)| format!("{} {name}", grouped(count))).collect::<Vec<_>>().join(", ")
}

fn sync_remarks(sync: &Sync) -> Vec<String> {
    let mut remarks = Vec::new();
    remarks.extend(sync.error_message.clone());
    remarks.extend(sync.next_retry_at.as_ref().map(|at| format!("what failed is tried again at {at}")));

    if sync.stalled {
        remarks.push("it has not moved for a while; `geniacsctl doctor` looks for the reason".to_owned());
    }

    remarks.extend(sync.errors.iter().take(SHOWN_ERRORS).map(failure_line));

    let failed = usize::try_from(sync.summary.failed).unwrap_or(usize::MAX);
    if failed > SHOWN_ERRORS && !sync.errors.is_empty() {
        remarks.push(format!("and {} more; --json shows up to 100", grouped((failed - SHOWN_ERRORS) as u64)));
    }

    remarks
}

fn failure_line(error: &RecordError) -> String {
    let record = match (error.record_id, &error.geniacs_id) {
        (Some(id), _) => format!("record {id}"),
        (None, Some(id)) => format!("Geniacs record {id}"),
        (None, None) => "a record".to_owned(),
    };
    format!("{record}: {}: {}", error.error_type, error.error_message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_summary_names_the_first_failures_and_counts_the_others() {
        let errors: Vec<Value> = (1..=7)
            .map(|id| json!({"record_id": id, "error_type": "validation_error", "error_message": "email: is missing"}))
            .collect();

        let sync: Sync =
            serde_json::from_value(json!({"id": 3, "status": "partial", "started_at": "2026-01-01T00:00:00.5Z",
            "completed_at": "2026-01-01T00:00:02.500000Z",
            "progress": {"total_records": 1000, "processed_records": 1000},
            "summary": {"created": 993, "failed": 7}, "errors": errors}))
            .unwrap();

        let text = sync_summary(&sync);
        assert!(text.starts_with(
            "sync 3: partial, 1,000 records in 2.0 s (500/s): 993 created, 0 updated, 0 unchanged, 7 failed\n"
        ));

        assert_eq!(text.lines().count(), 1 + SHOWN_ERRORS + 1);
        assert!(
            text.contains("record 5: validation_error: email: is missing") && text.contains("and 2 more"),
            "{text}"
        );
    }
}
