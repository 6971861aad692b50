//! What live views are told of: states, each read once for all who look.
//!
//! Syncs, conflicts and operations carry the transaction that changed them last; what the snapshot of one reading did not see yet is
//! what the next one finds. Events are found by their number, and numbers that were passed over by a late commit are asked
//! for again. All reading of one moment belongs into one transaction of [`at_once`].

use crate::console::operations::{COLUMNS, Operation};
use crate::runs::syncs::status::{CountsRow, HELD_BY, HELD_UNTIL, phase, rate, sums};
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Double, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use futures_util::future::BoxFuture;

/// The channel on which a change is told of, without saying which.
pub const CHANNEL: &str = "geniacs_live";

/// A moment of the database.
#[derive(Debug, Clone, QueryableByName)]
pub struct Moment {
    /// Which transactions are visible, as a `pg_snapshot`.
    #[diesel(sql_type = Text)]
    pub snapshot: String,
    /// The oldest transaction that was still open; every older one is visible or gone.
    #[diesel(sql_type = BigInt)]
    pub oldest_open: i64,
    /// The first transaction that had not begun.
    #[diesel(sql_type = BigInt)]
    pub first_unbegun: i64,
    /// The highest number of an event that is visible.
    #[diesel(sql_type = BigInt)]
    pub highest_event: i64,
}

/// Where a sync stands.
#[derive(Debug, Clone, QueryableByName)]
pub struct SyncState {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whose it is.
    #[diesel(sql_type = BigInt)]
    pub integration_id: i64,
    /// A [`domain::EntityType`].
    #[diesel(sql_type = Text)]
    pub entity_type: String,
    /// A [`domain::SyncType`].
    #[diesel(sql_type = Text)]
    pub sync_type: String,
    /// A [`domain::SyncDirection`].
    #[diesel(sql_type = Text)]
    pub sync_direction: String,
    /// A [`domain::SyncStatus`].
    #[diesel(sql_type = Text)]
    pub status: String,
    /// What holds its integration back, if it has not ended.
    #[diesel(sql_type = Nullable<Text>)]
    pub waiting_for: Option<String>,
    /// A stable name of what stopped the run.
    #[diesel(sql_type = Nullable<Text>)]
    pub error_type: Option<String>,
    /// Whether it runs and shows no progress.
    #[diesel(sql_type = Bool)]
    pub stalled: bool,
    /// When it began.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub completed_at: Option<DateTime<Utc>>,
    /// When the failed records are tried again.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub next_retry_at: Option<DateTime<Utc>>,
    /// What it does now; none unless it runs.
    #[diesel(sql_type = Nullable<Text>)]
    pub phase: Option<String>,
    /// Records a second over the last 30 seconds; none unless it runs.
    #[diesel(sql_type = Nullable<Double>)]
    pub rate: Option<f64>,
    /// Records it will look at; none until known.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub total_records: Option<i64>,
    /// What became of its records so far.
    #[diesel(embed)]
    pub counts: CountsRow,
}

/// An event that came.
#[derive(Debug, Clone, QueryableByName)]
pub struct Arrived {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whose it is.
    #[diesel(sql_type = BigInt)]
    pub integration_id: i64,
    /// What it tells.
    #[diesel(sql_type = Text)]
    pub event_type: String,
    /// The kind of record it speaks of, where that is known.
    #[diesel(sql_type = Nullable<Text>)]
    pub entity_type: Option<String>,
}

/// Where a conflict stands.
#[derive(Debug, Clone, QueryableByName)]
pub struct ConflictState {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whose it is.
    #[diesel(sql_type = BigInt)]
    pub integration_id: i64,
    /// A [`domain::EntityType`].
    #[diesel(sql_type = Text)]
    pub entity_type: String,
    /// The record's local id.
    #[diesel(sql_type = BigInt)]
    pub local_id: i64,
    /// `open`, `decided` or `resolved`.
    #[diesel(sql_type = Text)]
    pub state: String,
    /// How it was settled, if it was.
    #[diesel(sql_type = Nullable<Text>)]
    pub resolution: Option<String>,
}

/// How an integration is.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct IntegrationState {
    /// Which.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whether it is in use and its syncs may run.
    #[diesel(sql_type = Bool)]
    pub enabled: bool,
    /// What holds it back, if anything does.
    #[diesel(sql_type = Nullable<Text>)]
    pub reason: Option<String>,
    /// Until when, where that is known.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub until: Option<DateTime<Utc>>,
}

/// Asks for notifications on a connection, which must be past any pooler.
pub async fn listen(connection: &mut Connection) -> Result<()> {
    diesel::sql_query(format!("LISTEN {CHANNEL}")).execute(connection).await?;
    Ok(())
}

/// Runs `read` in a transaction that sees one moment only.
pub async fn at_once<T, F>(connection: &mut Connection, read: F) -> Result<T>
where
    T: Send,
    F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T>> + Send,
{
    connection.build_transaction().repeatable_read().read_only().run(async move |c| read(c).await).await
}

/// The moment of this transaction.
pub async fn moment(connection: &mut Connection) -> Result<Moment> {
    diesel::sql_query(
        "SELECT s::text AS snapshot, pg_snapshot_xmin(s)::text::bigint AS oldest_open,
             pg_snapshot_xmax(s)::text::bigint AS first_unbegun,
             coalesce((SELECT max(id) FROM geniacs_webhook_events), 0) AS highest_event
         FROM pg_current_snapshot() s",
    )
    .get_result(connection)
    .await
}

/// A snapshot that has seen nothing of the transactions from this one on.
pub fn before(transaction: i64) -> String {
    format!("{transaction}:{transaction}:")
}

/// The ids of the rows of `table` whose `column` was not visible in the snapshot `$1`, `$2` at most of what has begun
/// since and of each transaction that was open. Ranges in order, so that the index is taken whatever the statistics say.
fn unseen(table: &str, column: &str) -> String {
    format!(
        "(SELECT id FROM {table} WHERE {column} >= pg_snapshot_xmax($1::pg_snapshot) ORDER BY {column} LIMIT $2)
         UNION ALL
         SELECT late.id FROM pg_snapshot_xip($1::pg_snapshot) open (xid)
         CROSS JOIN LATERAL (SELECT id FROM {table} WHERE {column} BETWEEN open.xid AND open.xid
             ORDER BY {column} LIMIT $2) late"
    )
}

fn syncs(condition: &str) -> String {
    format!(
        "SELECT s.id, s.integration_id, s.entity_type::text AS entity_type, s.sync_type::text AS sync_type,
             s.sync_direction::text AS sync_direction, s.status::text AS status, s.error_type, s.started_at, s.completed_at,
             s.next_retry_at, s.total_records, s.status = 'processing' AND s.stalled_since IS NOT NULL AS stalled,
             CASE WHEN s.status IN ('pending', 'processing') THEN
                 (SELECT {HELD_BY} FROM integration_limits l WHERE l.integration_id = s.integration_id
                  AND (l.held_until > geniacs_now() OR l.opened_at IS NOT NULL)) END AS waiting_for, {}, sums.*
         FROM geniacs_data_sync s
         CROSS JOIN LATERAL (SELECT {}, {} FROM sync_chunks c WHERE c.sync_id = s.id) sums
         WHERE {condition}",
        phase("s"),
        sums(),
        rate("s")
    )
}

/// The syncs that run.
pub async fn running(connection: &mut Connection) -> Result<Vec<SyncState>> {
    diesel::sql_query(syncs("s.status = 'processing'")).load(connection).await
}

/// The syncs whose status has changed since a snapshot, `limit` at most.
pub async fn syncs_since(connection: &mut Connection, snapshot: &str, limit: i64) -> Result<Vec<SyncState>> {
    // The rows first, so that only theirs are summed up.
    let these = format!("s.id IN ({})", unseen("geniacs_data_sync", "status_xid"));
    diesel::sql_query(syncs(&these)).bind::<Text, _>(snapshot).bind::<BigInt, _>(limit).load(connection).await
}

/// The conflicts that have come or changed since a snapshot, `limit` at most.
pub async fn conflicts_since(connection: &mut Connection, snapshot: &str, limit: i64) -> Result<Vec<ConflictState>> {
    let sql = format!(
        "SELECT id, integration_id, entity_type::text AS entity_type, local_id, state::text AS state,
             resolution::text AS resolution FROM conflicts WHERE id IN ({}) ORDER BY id",
        unseen("conflicts", "changed_xid")
    );
    diesel::sql_query(sql).bind::<Text, _>(snapshot).bind::<BigInt, _>(limit).load(connection).await
}

/// The operations that go on, `limit` at most.
pub async fn running_operations(connection: &mut Connection, limit: i64) -> Result<Vec<Operation>> {
    let sql = format!("SELECT {COLUMNS} FROM operations WHERE completed_at IS NULL ORDER BY id LIMIT $1");
    diesel::sql_query(sql).bind::<BigInt, _>(limit).load(connection).await
}

/// The operations that have begun, come further or ended since a snapshot, `limit` at most.
pub async fn operations_since(connection: &mut Connection, snapshot: &str, limit: i64) -> Result<Vec<Operation>> {
    let sql =
        format!("SELECT {COLUMNS} FROM operations WHERE id IN ({}) ORDER BY id", unseen("operations", "changed_xid"));
    diesel::sql_query(sql).bind::<Text, _>(snapshot).bind::<BigInt, _>(limit).load(connection).await
}

/// The events with numbers above `after`, `limit` at most, and those within `gaps`; by number.
pub async fn arrived(connection: &mut Connection, after: i64, gaps: &[(i64, i64)], limit: i64) -> Result<Vec<Arrived>> {
    let (from, to): (Vec<i64>, Vec<i64>) = gaps.iter().copied().unzip();

    diesel::sql_query(
        "SELECT e.id, e.integration_id, e.event_type, e.entity_type::text AS entity_type FROM (
             (SELECT id, integration_id, event_type, entity_type FROM geniacs_webhook_events
              WHERE id > $1 ORDER BY id LIMIT $2)
             UNION ALL
             SELECT w.id, w.integration_id, w.event_type, w.entity_type
             FROM unnest($3::bigint[], $4::bigint[]) gap (first, last)
             CROSS JOIN LATERAL (SELECT id, integration_id, event_type, entity_type FROM geniacs_webhook_events
                 WHERE id BETWEEN gap.first AND gap.last) w
         ) e ORDER BY e.id",
    )
    .bind::<BigInt, _>(after)
    .bind::<BigInt, _>(limit)
    .bind::<Array<BigInt>, _>(from)
    .bind::<Array<BigInt>, _>(to)
    .load(connection)
    .await
}

/// How all integrations are that are not archived.
pub async fn integrations(connection: &mut Connection) -> Result<Vec<IntegrationState>> {
    let sql = format!(
        "SELECT i.id, i.is_active AND i.sync_enabled AS enabled, held.reason,
             held.until
         FROM geniacs_integrations i
         LEFT JOIN LATERAL (
             SELECT {HELD_BY} AS reason, {HELD_UNTIL} AS until FROM integration_limits l
             WHERE l.integration_id = i.id AND (l.held_until > geniacs_now() OR l.opened_at IS NOT NULL)) held ON true
         WHERE i.archived_at IS NULL"
    );
    diesel::sql_query(sql).load(connection).await
}
