//! How an integration stands with its limits.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::OptionalExtension;
use diesel::sql_types::{Array, BigInt, Bool, Double, Integer, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;

/// The columns of a [`Standing`], of the table `integration_limits l`.
pub(super) const COLUMNS: &str = "l.failures > 0 AS failing, l.credentials_refused_at IS NOT NULL AS refused,
    extract(epoch FROM l.paused_until - geniacs_now())::float8 AS paused_for, l.pause_reason,
    extract(epoch FROM l.next_probe_at - geniacs_now())::float8 AS open_for,
    extract(epoch FROM l.permits_from - geniacs_now())::float8 AS without_permits_for";

/// What holds an integration back now. Seconds that are not positive are over.
#[derive(Debug, Clone, Default, PartialEq, diesel::QueryableByName)]
pub struct Standing {
    /// Whether the last answer was a failure of the partner.
    #[diesel(sql_type = Bool)]
    pub failing: bool,
    /// Whether its credentials were refused.
    #[diesel(sql_type = Bool)]
    pub refused: bool,
    /// Seconds left of a pause that the partner asked for.
    #[diesel(sql_type = Nullable<Double>)]
    pub paused_for: Option<f64>,
    /// Why it is or was paused.
    #[diesel(sql_type = Nullable<Text>)]
    pub pause_reason: Option<String>,
    /// Where the breaker is open: seconds until its next probe.
    #[diesel(sql_type = Nullable<Double>)]
    pub open_for: Option<f64>,
    /// Seconds until its rate windows have a permit again.
    #[diesel(sql_type = Nullable<Double>)]
    pub without_permits_for: Option<f64>,
}

/// How one integration stands. One that nothing was ever noted of is free.
pub async fn standing(connection: &mut Connection, integration_id: i64) -> Result<Standing> {
    let sql = format!("SELECT {COLUMNS} FROM integration_limits l WHERE l.integration_id = $1");
    let row = diesel::sql_query(sql).bind::<BigInt, _>(integration_id).get_result(connection).await.optional()?;
    Ok(row.unwrap_or_default())
}

/// How an integration stands, for people.
#[derive(Debug, Clone, diesel::QueryableByName)]
pub struct Health {
    /// Which.
    #[diesel(sql_type = BigInt)]
    pub integration_id: i64,
    /// Failures of the partner one after another.
    #[diesel(sql_type = Integer)]
    pub failures: i32,
    /// Since when the breaker is open, if it is.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub opened_at: Option<DateTime<Utc>>,
    /// When it probes next; in the past while a probe waits for work.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub next_probe_at: Option<DateTime<Utc>>,
    /// Whether the breaker is open and its next probe is due.
    #[diesel(sql_type = Bool)]
    pub probe_due: bool,
    /// Since when the pause is on that the partner asked for, if one is.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub paused_since: Option<DateTime<Utc>>,
    /// Until when.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub paused_until: Option<DateTime<Utc>>,
    /// A stable name of why.
    #[diesel(sql_type = Nullable<Text>)]
    pub pause_reason: Option<String>,
    /// When a permit can be there, where the windows have none.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub permits_from: Option<DateTime<Utc>>,
    /// Since when the credentials count as refused, if they do.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub credentials_refused_at: Option<DateTime<Utc>>,
    /// When they are tried next.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub next_test_at: Option<DateTime<Utc>>,
    /// Permits that count in the minute, the hour and the day that end now.
    #[diesel(sql_type = Array<BigInt>)]
    pub taken: Vec<i64>,
    /// When the first of them count no more, where there are any.
    #[diesel(sql_type = Array<Nullable<Timestamptz>>)]
    pub free_from: Vec<Option<DateTime<Utc>>>,
}

/// How these integrations stand; those that nothing was ever noted of are not among them.
pub async fn health(connection: &mut Connection, ids: &[i64]) -> Result<Vec<Health>> {
    diesel::sql_query(include_str!("standing.health.sql")).bind::<Array<BigInt>, _>(ids).load(connection).await
}

/// How many integrations in use are held back, by what holds them back the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, diesel::QueryableByName)]
pub struct HeldCounts {
    /// Their credentials were refused.
    #[diesel(sql_type = BigInt)]
    pub credentials_refused: i64,
    /// Their partner asked for a pause.
    #[diesel(sql_type = BigInt)]
    pub paused: i64,
    /// Their breaker is open.
    #[diesel(sql_type = BigInt)]
    pub breaker_open: i64,
    /// Their rate windows are used up.
    #[diesel(sql_type = BigInt)]
    pub rate_limited: i64,
}

/// Counts what is held back now.
pub async fn held_counts(connection: &mut Connection) -> Result<HeldCounts> {
    diesel::sql_query(
        "SELECT count(*) FILTER (WHERE refused) AS credentials_refused,
             count(*) FILTER (WHERE NOT refused AND paused) AS paused,
             count(*) FILTER (WHERE NOT refused AND NOT paused AND open) AS breaker_open,
             count(*) FILTER (WHERE NOT refused AND NOT paused AND NOT open AND limited) AS rate_limited
         FROM integration_limits l JOIN geniacs_integrations i ON i.id = l.integration_id AND i.archived_at IS NULL
         CROSS JOIN LATERAL (SELECT l.credentials_refused_at IS NOT NULL AS refused, l.opened_at IS NOT NULL AS open,
             coalesce(l.paused_until > geniacs_now(), false) AS paused,
             coalesce(l.permits_from > geniacs_now(), false) AS limited) held",
    )
    .get_result(connection)
    .await
}
