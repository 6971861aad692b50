//! The weekly report: what the syncs of the week before came to.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use domain::report::{Content, Drift, EntityReport, ErrorCount, OtherWebhooks, Syncs, Webhooks};
use domain::{Counts, EntityType};
use storage::reports::{self, ErrorsRow, IntegrationRow, SyncsRow, WebhooksRow};
use storage::{AsyncConnection as _, Connection};

use crate::context::Context;

/// Counts the week that ended with the midnight before `scheduled_for`, by the clock of the service.
pub(super) async fn run(context: &Context, scheduled_for: DateTime<Utc>) -> anyhow::Result<()> {
    let zone = context.settings.schedules.time_zone;
    let (from, to) = week_before(scheduled_for, zone);
    let mut connection = context.connection().await?;
    let stored = connection
        .transaction(async |connection| {
            reports::allow_minutes(connection).await?;
            let week = count(connection, from, to).await?;
            let written = serde_json::to_value(week).unwrap_or_default();
            reports::insert(connection, (from, to), zone.name(), &written).await
        })
        .await
        .map_err(|error: storage::Error| anyhow::anyhow!(error))?;
    tracing::info!(%from, %to, stored, "the weekly report is made");
    Ok(())
}

/// From the midnight seven days before to the last midnight.
fn week_before(at: DateTime<Utc>, zone: Tz) -> (DateTime<Utc>, DateTime<Utc>) {
    let day = at.with_timezone(&zone).date_naive();
    let midnight = |back: u64| {
        let local = day.checked_sub_days(Days::new(back)).unwrap_or(day).and_time(NaiveTime::MIN);
        // A midnight that the clock jumps over begins with the jump's end.
        let after = |hours: i64| zone.from_local_datetime(&(local + chrono::Duration::hours(hours))).earliest();
        (0..=24).find_map(after).map_or(at, |midnight| midnight.to_utc())
    };
    (midnight(7), midnight(0))
}

async fn count(connection: &mut Connection, from: DateTime<Utc>, to: DateTime<Utc>) -> storage::Result<Content> {
    let mut week = Week::default();
    let key = |integration_id: i64, entity: &str| Some((integration_id, entity.parse::<EntityType>().ok()?));
    for row in reports::syncs(connection, from, to).await? {
        key(row.integration_id, &row.entity_type).map(|key| week.syncs.insert(key, row));
    }
    for row in reports::errors(connection, from, to).await? {
        if let Some(key) = key(row.integration_id, &row.entity_type) {
            week.errors.entry(key).or_default().push(row);
        }
    }
    for row in reports::webhooks(connection, from, to).await? {
        match row.entity_type.as_deref().and_then(|entity| key(row.integration_id, entity)) {
            Some(key) => _ = week.webhooks.insert(key, events(&row)),
            None => week.other.push(OtherWebhooks { integration_id: row.integration_id, webhooks: events(&row) }),
        }
    }
    let mut content = Content { entities: Vec::new(), other_webhooks: std::mem::take(&mut week.other) };
    for integration in reports::integrations(connection).await? {
        for entity in EntityType::ALL {
            let drift = reports::drift(connection, integration.id, *entity).await?;
            let drift = Drift { unlinked: drift.unlinked, unconfirmed: drift.unconfirmed, unsent: drift.unsent };
            content.entities.extend(week.part(&integration, *entity, drift));
        }
    }
    Ok(content)
}

/// What was counted, by integration and entity.
#[derive(Default)]
struct Week {
    syncs: HashMap<(i64, EntityType), SyncsRow>,
    errors: HashMap<(i64, EntityType), Vec<ErrorsRow>>,
    webhooks: HashMap<(i64, EntityType), Webhooks>,
    other: Vec<OtherWebhooks>,
}

impl Week {
    /// None where nothing was ever done.
    fn part(&mut self, integration: &IntegrationRow, entity_type: EntityType, drift: Drift) -> Option<EntityReport> {
        let key = (integration.id, entity_type);
        let row = self.syncs.remove(&key);
        let webhooks = self.webhooks.remove(&key);
        if row.is_none() && webhooks.is_none() && drift.unsent.is_none() && drift.unconfirmed == 0 {
            return None;
        }
        let syncs = row.as_ref().map(syncs).unwrap_or_default();
        let records = row.as_ref().map(|row| counts(&row.counts)).unwrap_or_default();
        let errors = self.errors.remove(&key).unwrap_or_default();
        let p95 = row.as_ref().and_then(|row| row.p95_duration_ms);
        Some(EntityReport {
            integration_id: integration.id,
            integration: integration.name.clone(),
            entity_type,
            success_rate: syncs.success_rate(),
            syncs,
            conflicts: records.conflicts,
            records,
            #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a sync fit by far")]
            p95_duration_ms: p95.map(|milliseconds| milliseconds.round() as i64),
            errors: errors.into_iter().map(|e| ErrorCount { error_type: e.error_type, count: e.count }).collect(),
            webhooks: webhooks.unwrap_or_default(),
            drift,
        })
    }
}

fn syncs(row: &SyncsRow) -> Syncs {
    let &SyncsRow { total, successful, partial, failed, cancelled, .. } = row;
    Syncs { total, successful, partial, failed, cancelled }
}

fn counts(summed: &serde_json::Value) -> Counts {
    serde_json::from_value(summed.clone()).unwrap_or_default()
}

fn events(row: &WebhooksRow) -> Webhooks {
    let &WebhooksRow { received, processed, superseded, set_aside, waiting, .. } = row;
    Webhooks { received, processed, superseded, set_aside, waiting }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_report_covers_the_seven_days_before_its_monday() {
        let week = week_before(at("2026-11-22T20:00:00Z"), chrono_tz::Asia::Jakarta);
        assert_eq!(week, (at("2026-11-15T17:00:00Z"), at("2026-11-22T17:00:00Z")));
    }

    #[test]
    fn a_week_with_a_clock_change_is_an_hour_shorter() {
        let (from, to) = week_before(at("2026-03-30T01:00:00Z"), chrono_tz::Europe::Berlin);
        assert_eq!((to - from).num_hours(), 7 * 24 - 1);
    }

    #[test]
    fn a_midnight_that_the_clock_jumps_over_is_the_end_of_the_jump() {
        let (_, to) = week_before(at("2026-04-24T12:00:00Z"), chrono_tz::Africa::Cairo);
        assert_eq!(to, at("2026-04-23T22:00:00Z"));
    }
}
