//! The weekly report: what the syncs of the week before came to.

use chrono::{DateTime, Days, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use storage::AsyncConnection as _;
use storage::console::{report_content, reports};

use crate::context::Context;

/// Counts the week that ended with the midnight before `scheduled_for`, by the clock of the service.
pub(super) async fn make_weekly_report(context: &Context, scheduled_for: DateTime<Utc>) -> anyhow::Result<()> {
    let zone = context.settings.schedules.time_zone;
    let (from, to) = week_before(scheduled_for, zone);

    let mut connection = context.connection().await?;
    let stored = connection
        .transaction(async |connection| {
            reports::allow_minutes(connection).await?;
            let week = report_content::count(connection, from, to).await?;
            let written = serde_json::to_value(week).unwrap_or_default();
            Ok(reports::insert(connection, (from, to), zone.name(), &written).await?.is_some())
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
