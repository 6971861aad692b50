//! The table of the steps.

use domain::{EntityType, SyncDirection};
use geniacsctl::print::{Output, grouped, per_second};
use serde_json::{Value, json};
use std::io;

/// One step.
#[derive(Debug, Clone)]
pub(super) struct StepRow {
    pub(super) name: String,
    pub(super) entity: EntityType,
    pub(super) direction: SyncDirection,
    pub(super) records: u64,
    pub(super) created: u64,
    pub(super) updated: u64,
    pub(super) unchanged: u64,
    pub(super) failed: u64,
    /// From the request to the end.
    pub(super) seconds: f64,
}

pub(super) fn print_table(rows: &[StepRow], output: Output) -> io::Result<()> {
    output.line("")?;
    output.line(format_args!(
        "{:<24} {:<16} {:<12} {:>8} {:>8} {:>8} {:>9} {:>7} {:>8} {:>9}",
        "step", "entity", "direction", "records", "created", "updated", "unchanged", "failed", "seconds", "records/s"
    ))?;
    rows.iter().try_for_each(|row| output.line(row_line(row)))?;
    output.line("")
}

/// For a program.
pub(super) fn row_data(row: &StepRow) -> Value {
    json!({
        "step": row.name,
        "entity_type": row.entity,
        "direction": row.direction,
        "records": row.records,
        "created": row.created,
        "updated": row.updated,
        "unchanged": row.unchanged,
        "failed": row.failed,
        "seconds": row.seconds,
        "records_per_second": per_second(row.records, row.seconds),
    })
}

fn row_line(row: &StepRow) -> String {
    let [records, created, updated, unchanged, failed] =
        [row.records, row.created, row.updated, row.unchanged, row.failed].map(grouped);

    format!(
        "{:<24} {:<16} {:<12} {records:>8} {created:>8} {updated:>8} {unchanged:>9} {failed:>7} {:>8.2} {:>9}",
        row.name,
        row.entity.as_str(),
        row.direction.as_str(),
        row.seconds,
        grouped(per_second(row.records, row.seconds))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_one_line_under_its_headings() {
        let row = StepRow {
            name: "full push".to_owned(),
            entity: EntityType::Customers,
            direction: SyncDirection::ToGeniacs,
            records: 10_000,
            created: 9_900,
            updated: 0,
            unchanged: 0,
            failed: 100,
            seconds: 4.0,
        };

        let line = row_line(&row);

        assert_eq!(
            line.split_whitespace().collect::<Vec<_>>(),
            ["full", "push", "customers", "to_geniacs", "10,000", "9,900", "0", "0", "100", "4.00", "2,500"]
        );
    }
}
