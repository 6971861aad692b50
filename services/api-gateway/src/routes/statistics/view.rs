//! The specification's statistics, from the counts of days.

use crate::routes::attention::InStepView;
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeMap;
use storage::console::freshness::InStep;
use storage::console::stats::{BesideRow, DurationRow, GroupRow};
use utoipa::ToSchema;

/// How syncs have ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Statistics)]
pub(super) struct StatisticsView {
    from: NaiveDate,
    to: NaiveDate,
    /// Whose days these are.
    #[schema(example = "Asia/Jakarta")]
    time_zone: String,
    total_syncs: i64,
    successful_syncs: i64,
    failed_syncs: i64,
    partial_syncs: i64,
    cancelled_syncs: i64,
    /// Waiting and running.
    pending_syncs: i64,
    /// In percent of all, with one decimal.
    #[schema(example = 71.4)]
    success_rate: f64,
    /// With two decimals.
    average_duration_seconds: f64,
    /// What 95 in a hundred of the newest 2,000 did not exceed; null where there is none.
    p95_duration_seconds: Option<f64>,
    /// Records that the ended ones looked at.
    records: i64,
    failed_records: i64,
    webhooks: WebhooksView,
    conflicts: ConflictsView,
    #[schema(example = json!({"customers": {"total": 7, "successful": 5, "failed": 1, "partial": 1, "cancelled": 0, "pending": 0}}))]
    by_entity_type: BTreeMap<String, GroupView>,
    #[schema(example = json!({"full": {"total": 7, "successful": 5, "failed": 1, "partial": 1, "cancelled": 0, "pending": 0}}))]
    by_sync_type: BTreeMap<String, GroupView>,
    /// Every day, also those without a sync.
    by_day: Vec<DayView>,
    /// As of when both sides are in step.
    in_step: Vec<InStepView>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatisticsGroup)]
struct GroupView {
    total: i64,
    successful: i64,
    failed: i64,
    partial: i64,
    cancelled: i64,
    pending: i64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatisticsDay)]
struct DayView {
    day: NaiveDate,
    total: i64,
    successful: i64,
    failed: i64,
    partial: i64,
    cancelled: i64,
    pending: i64,
    records: i64,
    failed_records: i64,
    average_duration_seconds: f64,
    /// Null where none of the newest 2,000 ended on it.
    p95_duration_seconds: Option<f64>,
    #[schema(example = json!({"customers": {"total": 7, "successful": 7, "failed": 0, "partial": 0, "cancelled": 0, "pending": 0, "records": 70, "failed_records": 0}}))]
    by_entity_type: BTreeMap<String, DayGroupView>,
    #[schema(example = json!({"full": {"total": 7, "successful": 7, "failed": 0, "partial": 0, "cancelled": 0, "pending": 0, "records": 70, "failed_records": 0}}))]
    by_sync_type: BTreeMap<String, DayGroupView>,
}

/// Syncs of one entity or type on one day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatisticsDayGroup)]
struct DayGroupView {
    total: i64,
    successful: i64,
    failed: i64,
    partial: i64,
    cancelled: i64,
    pending: i64,
    records: i64,
    failed_records: i64,
}

/// Webhook events that came in these days.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatisticsWebhooks)]
struct WebhooksView {
    /// Up to 10,000.
    received: i64,
    set_aside: i64,
    /// Whether more came than that.
    more: bool,
}

/// Conflicts that were met in these days.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatisticsConflicts)]
struct ConflictsView {
    /// Up to 10,000.
    met: i64,
    open: i64,
    /// Whether there were more than that.
    more: bool,
}

/// Webhooks and conflicts are counted up to this number.
pub(super) const MOST_BESIDE: i64 = 10_000;

/// The rows that statistics are made of.
pub(super) struct StatisticsData {
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
    pub(super) time_zone: String,
    pub(super) rows: Vec<GroupRow>,
    pub(super) durations: Vec<DurationRow>,
    pub(super) beside: BesideRow,
    pub(super) in_step: Vec<InStep>,
}

/// Sums over rows.
#[derive(Debug, Clone, Copy, Default)]
struct SyncTally {
    successful: i64,
    failed: i64,
    partial: i64,
    cancelled: i64,
    pending: i64,
    duration_ms: i64,
    records: i64,
    failed_records: i64,
}

impl StatisticsView {
    pub(super) fn new(found: StatisticsData) -> Self {
        let StatisticsData { from, to, time_zone, rows, durations, beside, in_step } = found;
        // Rows without an entity and a type are the sums of their day.
        let whole = |row: &&GroupRow| row.entity_type.is_none() && row.sync_type.is_none();
        let days: Vec<(NaiveDate, &GroupRow)> =
            rows.iter().filter(whole).filter_map(|row| Some((row.day?, row))).collect();

        let p95 = |day: Option<NaiveDate>| {
            let row = durations.iter().find(|row| row.day == day);
            row.and_then(|row| row.p95_seconds).map(|seconds| (seconds * 100.0).round() / 100.0)
        };

        let day_of = |day: NaiveDate| {
            let of_day: Vec<&GroupRow> = rows.iter().filter(|row| row.day == Some(day)).collect();
            DayView {
                p95_duration_seconds: p95(Some(day)),
                by_entity_type: day_groups(&of_day, |row| row.entity_type.as_ref()),
                by_sync_type: day_groups(&of_day, |row| row.sync_type.as_ref()),
                ..DayView::of(day, &days)
            }
        };

        let all = days.iter().fold(SyncTally::default(), |all, (_, row)| all.with(row));
        Self {
            from,
            to,
            total_syncs: all.total(),
            successful_syncs: all.successful,
            failed_syncs: all.failed,
            partial_syncs: all.partial,
            cancelled_syncs: all.cancelled,
            pending_syncs: all.pending,
            success_rate: rounded_share(100 * all.successful, all.total(), 10),
            average_duration_seconds: all.average_duration_seconds(),
            time_zone,
            p95_duration_seconds: p95(None),
            records: all.records,
            failed_records: all.failed_records,
            webhooks: WebhooksView {
                received: beside.webhooks.min(MOST_BESIDE),
                set_aside: beside.webhooks_set_aside.min(MOST_BESIDE),
                more: beside.webhooks > MOST_BESIDE,
            },
            conflicts: ConflictsView {
                met: beside.conflicts.min(MOST_BESIDE),
                open: beside.conflicts_open.min(MOST_BESIDE),
                more: beside.conflicts > MOST_BESIDE,
            },
            by_entity_type: groups_of_all_days(&rows, |row| row.entity_type.as_ref()),
            by_sync_type: groups_of_all_days(&rows, |row| row.sync_type.as_ref()),
            by_day: from.iter_days().take_while(|day| *day <= to).map(day_of).collect(),
            in_step: in_step.into_iter().map(InStepView::from).collect(),
        }
    }
}

fn groups_of_all_days(rows: &[GroupRow], key: fn(&GroupRow) -> Option<&String>) -> BTreeMap<String, GroupView> {
    let of_all_days = rows.iter().filter(|row| row.day.is_none());
    of_all_days.filter_map(|row| Some((key(row)?.clone(), SyncTally::default().with(row).into()))).collect()
}

fn day_groups(rows: &[&GroupRow], key: fn(&GroupRow) -> Option<&String>) -> BTreeMap<String, DayGroupView> {
    rows.iter().filter_map(|row| Some((key(row)?.clone(), SyncTally::default().with(row).into()))).collect()
}

impl DayView {
    /// The rows come in the order of their days, one for each that has any.
    fn of(day: NaiveDate, rows: &[(NaiveDate, &GroupRow)]) -> Self {
        let found = rows.binary_search_by_key(&day, |(day, _)| *day).ok().and_then(|place| rows.get(place));
        let tally = found.map_or_else(SyncTally::default, |(_, row)| SyncTally::default().with(row));
        Self {
            day,
            total: tally.total(),
            successful: tally.successful,
            failed: tally.failed,
            partial: tally.partial,
            cancelled: tally.cancelled,
            pending: tally.pending,
            records: tally.records,
            failed_records: tally.failed_records,
            average_duration_seconds: tally.average_duration_seconds(),
            p95_duration_seconds: None,
            by_entity_type: BTreeMap::new(),
            by_sync_type: BTreeMap::new(),
        }
    }
}

impl SyncTally {
    fn with(self, row: &GroupRow) -> Self {
        Self {
            successful: self.successful + row.successful,
            failed: self.failed + row.failed,
            partial: self.partial + row.partial,
            cancelled: self.cancelled + row.cancelled,
            pending: self.pending + row.pending,
            duration_ms: self.duration_ms + row.duration_ms,
            records: self.records + row.records,
            failed_records: self.failed_records + row.failed_records,
        }
    }

    fn ended(&self) -> i64 {
        self.successful + self.failed + self.partial + self.cancelled
    }

    fn total(&self) -> i64 {
        self.ended() + self.pending
    }

    fn average_duration_seconds(&self) -> f64 {
        rounded_share(self.duration_ms, self.ended() * 1_000, 100)
    }
}

impl From<SyncTally> for GroupView {
    fn from(tally: SyncTally) -> Self {
        Self {
            total: tally.total(),
            successful: tally.successful,
            failed: tally.failed,
            partial: tally.partial,
            cancelled: tally.cancelled,
            pending: tally.pending,
        }
    }
}

impl From<SyncTally> for DayGroupView {
    fn from(tally: SyncTally) -> Self {
        Self {
            total: tally.total(),
            successful: tally.successful,
            failed: tally.failed,
            partial: tally.partial,
            cancelled: tally.cancelled,
            pending: tally.pending,
            records: tally.records,
            failed_records: tally.failed_records,
        }
    }
}

/// `part / whole`, rounded to 1/`fraction`; 0 of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts and milliseconds stay far below 2^52")]
fn rounded_share(part: i64, whole: i64, fraction: i32) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    let fraction = f64::from(fraction);
    (part as f64 / whole as f64 * fraction).round() / fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_has_one_decimal_and_a_duration_two() {
        let shown = |part, whole, fraction| rounded_share(part, whole, fraction).to_string();
        assert_eq!(shown(500, 7, 10), "71.4");
        assert_eq!(shown(300, 3, 10), "100");
        assert_eq!(shown(0, 0, 10), "0");
        assert_eq!(shown(10_000, 3_000, 100), "3.33");
    }
}
