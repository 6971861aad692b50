//! Reports as CSV: a line for each integration and entity.

use crate::csv::without_formula;
use chrono::{DateTime, SecondsFormat, Utc};
use domain::report::{Content, EntityReport, ErrorCount};
use storage::console::reports::Report;

const COLUMNS: [&str; 30] = [
    "report_id",
    "period_start",
    "period_end",
    "integration_id",
    "integration",
    "entity_type",
    "syncs",
    "successful",
    "partial",
    "failed",
    "cancelled",
    "success_rate",
    "records",
    "created",
    "updated",
    "unchanged",
    "skipped",
    "deleted",
    "conflicts",
    "failed_records",
    "p95_duration_ms",
    "webhooks_received",
    "webhooks_processed",
    "webhooks_superseded",
    "webhooks_set_aside",
    "webhooks_waiting",
    "unlinked",
    "unconfirmed",
    "unsent",
    "errors",
];

/// Writes all lines of these reports under one header.
pub(super) fn write_reports(reports: &[Report]) -> Result<Vec<u8>, ::csv::Error> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for report in reports {
        let content: Content = serde_json::from_value(report.content.clone()).unwrap_or_default();
        for part in &content.entities {
            writer.write_record(cells_of_line(report, part))?;
        }
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn cells_of_line(report: &Report, part: &EntityReport) -> Vec<String> {
    // The cells stand in the order of `COLUMNS`.
    let EntityReport { syncs, records, webhooks, drift, .. } = part;
    let mut cells = vec![
        report.id.to_string(),
        moment_text(report.period_start),
        moment_text(report.period_end),
        part.integration_id.to_string(),
        without_formula(&part.integration).into_owned(),
        part.entity_type.to_string(),
    ];

    let numbers = [syncs.total, syncs.successful, syncs.partial, syncs.failed, syncs.cancelled];
    cells.extend(numbers.map(|number| number.to_string()));
    cells.push(part.success_rate.as_ref().map(ToString::to_string).unwrap_or_default());

    let outcomes = [
        records.read,
        records.created,
        records.updated,
        records.unchanged,
        records.skipped,
        records.deleted,
        part.conflicts,
        records.failed,
    ];
    cells.extend(outcomes.map(|number| number.to_string()));

    cells.push(number_or_nothing(part.p95_duration_ms));
    let events = [webhooks.received, webhooks.processed, webhooks.superseded, webhooks.set_aside, webhooks.waiting];
    cells.extend(events.map(|number| number.to_string()));
    cells.extend([number_or_nothing(drift.unlinked), drift.unconfirmed.to_string(), number_or_nothing(drift.unsent)]);
    cells.push(without_formula(&error_counts(&part.errors)).into_owned());
    cells
}

fn error_counts(errors: &[ErrorCount]) -> String {
    let each = errors.iter().map(|error| format!("{}: {}", error.error_type, error.count));
    each.collect::<Vec<_>>().join("; ")
}

fn moment_text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn number_or_nothing(number: Option<i64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_a_cell_for_every_column() {
        let content = serde_json::json!({"entities": [{
            "integration_id": 1, "integration": "=HYPERLINK(\"x\"), \"y\"", "entity_type": "customers",
            "syncs": {"total": 7, "successful": 5, "partial": 1, "failed": 1, "cancelled": 0},
            "records": {"read": 9, "created": 8, "updated": 0, "unchanged": 0, "skipped": 0, "deleted": 0, "conflicts": 0, "failed": 1},
            "success_rate": 71.4, "p95_duration_ms": null, "errors": [{"error_type": "timeout", "count": 3}],
            "webhooks": {"received": 0, "processed": 0, "superseded": 0, "set_aside": 0, "waiting": 0}, "conflicts": 0,
            "drift": {"unlinked": 2, "unconfirmed": 0, "unsent": null}
        }]});
        let at = "2026-11-16T17:00:00Z".parse().unwrap();
        let report =
            Report { id: 4, period_start: at, period_end: at, time_zone: "UTC".to_owned(), content, created_at: at };

        let text = write_reports(&[report]).unwrap();
        let mut read = ::csv::Reader::from_reader(text.as_slice());

        assert_eq!(read.headers().unwrap().len(), COLUMNS.len());
        let line = read.records().next().unwrap().unwrap();
        assert_eq!(&line[4], "'=HYPERLINK(\"x\"), \"y\"");
        assert_eq!((&line[11], &line[20], &line[29]), ("71.4", "", "timeout: 3"));
    }
}
