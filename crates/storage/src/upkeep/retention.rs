//! Deleting by age, in small batches that block nobody: each walks a stretch of a table by key, passes over rows that
//! somebody holds, and is a transaction of its own.

use crate::entities::Descriptor;
use crate::{Connection, Result};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text};
use diesel_async::RunQueryDsl;

/// Rows that one batch looks at.
pub const BATCH: i64 = 1_000;

/// What is kept for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `geniacs_sync_logs`.
    Logs,
    /// `record_history`.
    History,
    /// Webhook events that have ended; never one that waits.
    WebhookEvents,
    /// Records that waited in vain for a record that they name.
    WaitingReferences,
    /// Letters of messages that no event holds; the others go with their event.
    DeadLetters,
}

impl Kind {
    /// Its table.
    pub const fn table(self) -> &'static str {
        match self {
            Self::Logs => "geniacs_sync_logs",
            Self::History => "record_history",
            Self::WebhookEvents => "geniacs_webhook_events",
            Self::WaitingReferences => "waiting_references",
            Self::DeadLetters => "dead_letters",
        }
    }

    /// What must hold of a row besides its age for it to go.
    const fn condition(self) -> &'static str {
        match self {
            Self::Logs | Self::History | Self::WaitingReferences => "true",
            Self::DeadLetters => "t.webhook_event_id IS NULL",
            Self::WebhookEvents => {
                "t.state IN ('processed', 'superseded', 'set_aside')
                 AND coalesce(t.processed_at, t.updated_at) < geniacs_now() - make_interval(days => $2)
                 AND NOT EXISTS (SELECT FROM waiting_references w WHERE w.webhook_event_id = t.id)"
            }
        }
    }
}

/// What a batch came to.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct Batch {
    /// Rows that are gone.
    #[diesel(sql_type = BigInt)]
    pub deleted: i64,
    /// Where the next batch begins.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub last: Option<i64>,
    /// Whether there may be more.
    #[diesel(sql_type = Bool)]
    pub more: bool,
}

/// Deletes what is older than `days` among the next rows after the id `after`. Ids grow with time, so that the walk ends
/// where all is young.
pub async fn delete(connection: &mut Connection, kind: Kind, after: i64, days: u32) -> Result<Batch> {
    diesel::sql_query(format!(
        "WITH stretch AS MATERIALIZED (SELECT id, created_at FROM {table} WHERE id > $1 ORDER BY id LIMIT {BATCH}),
         old AS (
             SELECT t.id FROM {table} t
             WHERE t.id > $1 AND t.id <= (SELECT max(id) FROM stretch) AND t.created_at < geniacs_now() - make_interval(days => $2) AND {condition}
             FOR UPDATE OF t SKIP LOCKED
         ), deleted AS (DELETE FROM {table} t
             WHERE t.id > $1 AND t.id <= (SELECT max(id) FROM stretch) AND t.id = ANY (ARRAY(SELECT id FROM old)) RETURNING t.id)
         SELECT (SELECT count(*) FROM deleted) AS deleted, max(id) AS last,
             count(*) = {BATCH} AND min(created_at) < geniacs_now() - make_interval(days => $2) AS more FROM stretch",
        table = kind.table(),
        condition = kind.condition(),
    ))
    .bind::<BigInt, _>(after)
    .bind::<Integer, _>(whole_days(days))
    .get_result(connection)
    .await
}

/// Syncs that ended long ago, among the next ones of a walk.
#[derive(Debug, Clone)]
pub struct OldSyncs {
    /// Their ids.
    pub ids: Vec<i64>,
    /// Where the walk goes on; none at its end.
    pub next: Option<i64>,
}

/// Ended syncs whose failures, plan or rest one that waits or runs takes up, and those that these took theirs from. Nothing
/// of them may go, however old it is.
const NEEDED: &str = "needed (id) AS (
    SELECT o.id FROM geniacs_data_sync s CROSS JOIN LATERAL (VALUES
        ((s.data ->> 'retry_of')::bigint), ((s.data ->> 'plan_of')::bigint), ((s.data ->> 'resume_of')::bigint),
        ((s.plan ->> 'retry_of')::bigint), ((s.plan ->> 'plan_of')::bigint)) o (id)
    WHERE s.status IN ('pending', 'processing') AND o.id IS NOT NULL
    UNION
    SELECT o.id FROM needed n JOIN geniacs_data_sync s ON s.id = n.id CROSS JOIN LATERAL (VALUES
        ((s.data ->> 'retry_of')::bigint), ((s.data ->> 'plan_of')::bigint), ((s.data ->> 'resume_of')::bigint),
        ((s.plan ->> 'retry_of')::bigint), ((s.plan ->> 'plan_of')::bigint)) o (id)
    WHERE o.id IS NOT NULL)";

#[derive(QueryableByName)]
struct OldSyncsRow {
    #[diesel(sql_type = Array<BigInt>)]
    ids: Vec<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    last: Option<i64>,
    #[diesel(sql_type = Bool)]
    more: bool,
}

/// The syncs that ended more than `days` ago, among the next rows after the id `after`.
pub async fn old_syncs(connection: &mut Connection, after: i64, days: u32) -> Result<OldSyncs> {
    let row: OldSyncsRow = diesel::sql_query(format!(
        "WITH RECURSIVE {NEEDED}, stretch AS MATERIALIZED (
             SELECT id, created_at, completed_at, status FROM geniacs_data_sync WHERE id > $1 ORDER BY id LIMIT {BATCH})
         SELECT coalesce(array_agg(id ORDER BY id) FILTER (
                 WHERE completed_at < geniacs_now() - make_interval(days => $2) AND status NOT IN ('pending', 'processing')
                     AND id NOT IN (SELECT needed.id FROM needed)),
                 '{{}}') AS ids,
             max(id) AS last,
             count(*) = {BATCH} AND min(created_at) < geniacs_now() - make_interval(days => $2) AS more FROM stretch",
    ))
    .bind::<BigInt, _>(after)
    .bind::<Integer, _>(whole_days(days))
    .get_result(connection)
    .await?;

    Ok(OldSyncs { ids: row.ids, next: row.last.filter(|_| row.more) })
}

/// Up to a batch of syncs of an archived integration.
pub async fn syncs_of(connection: &mut Connection, integration_id: i64) -> Result<Vec<i64>> {
    let row: OldSyncsRow = diesel::sql_query(format!(
        "SELECT coalesce(array_agg(id), '{{}}') AS ids, max(id) AS last, false AS more
         FROM (SELECT id FROM geniacs_data_sync WHERE integration_id = $1 LIMIT {BATCH}) s"
    ))
    .bind::<BigInt, _>(integration_id)
    .get_result(connection)
    .await?;
    Ok(row.ids)
}

/// What a sync leaves behind, in the order in which it goes; the sync itself last, when nothing else hangs on it.
pub const PARTS_OF_SYNCS: [(&str, &str); 4] = [
    ("sync_plan_items", "sync_id"),
    ("sync_record_errors", "sync_id"),
    ("sync_chunks", "sync_id"),
    ("geniacs_data_sync", "id"),
];

/// Deletes up to a batch of one of the [`PARTS_OF_SYNCS`] of these syncs.
pub async fn delete_part(connection: &mut Connection, part: (&str, &str), syncs: &[i64]) -> Result<Batch> {
    let (table, column) = part;
    let deleted = diesel::sql_query(format!(
        "WITH RECURSIVE {NEEDED}
         DELETE FROM {table} WHERE id IN (SELECT id FROM {table}
             WHERE {column} = ANY ($1) AND {column} NOT IN (SELECT needed.id FROM needed) LIMIT {BATCH})"
    ))
    .bind::<Array<BigInt>, _>(syncs)
    .execute(connection)
    .await?;
    Ok(whole_batch(deleted))
}

/// Deletes a batch of ticks that are older than `days`.
pub async fn delete_ticks(connection: &mut Connection, days: u32) -> Result<Batch> {
    let deleted = diesel::sql_query(format!(
        "DELETE FROM schedule_ticks WHERE (schedule_id, scheduled_for) IN (
             SELECT schedule_id, scheduled_for FROM schedule_ticks
             WHERE created_at < geniacs_now() - make_interval(days => $1) ORDER BY created_at LIMIT {BATCH})"
    ))
    .bind::<Integer, _>(whole_days(days))
    .execute(connection)
    .await?;
    Ok(whole_batch(deleted))
}

/// Deletes a batch of ids that no record has had for more than `days`.
pub async fn delete_former_ids(connection: &mut Connection, days: u32) -> Result<Batch> {
    let deleted = diesel::sql_query(format!(
        "DELETE FROM former_ids WHERE (geniacs_id, integration_id, entity_type) IN (
             SELECT geniacs_id, integration_id, entity_type FROM former_ids
             WHERE since < geniacs_now() - make_interval(days => $1) ORDER BY since LIMIT {BATCH})"
    ))
    .bind::<Integer, _>(whole_days(days))
    .execute(connection)
    .await?;
    Ok(whole_batch(deleted))
}

/// Deletes a batch of tokens that ended more than `days` ago: they expired or were revoked.
pub async fn delete_ended_tokens(connection: &mut Connection, days: u32) -> Result<Batch> {
    let deleted = diesel::sql_query(format!(
        "DELETE FROM api_tokens WHERE id IN (
             SELECT id FROM api_tokens WHERE least(revoked_at, expires_at) < geniacs_now() - make_interval(days => $1)
             ORDER BY id LIMIT {BATCH})"
    ))
    .bind::<Integer, _>(whole_days(days))
    .execute(connection)
    .await?;
    Ok(whole_batch(deleted))
}

/// Deletes a batch of samples older than `months` that lie in the default partition.
pub async fn delete_stray_samples(connection: &mut Connection, months: u32) -> Result<Batch> {
    let deleted = diesel::sql_query(format!(
        "DELETE FROM monitoring_data_default WHERE (recorded_at, id) IN (
             SELECT recorded_at, id FROM monitoring_data_default
             WHERE recorded_at < date_trunc('month', geniacs_now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
                                 - make_interval(months => $1)
             ORDER BY recorded_at LIMIT {BATCH})"
    ))
    .bind::<Integer, _>(whole_days(months))
    .execute(connection)
    .await?;
    Ok(whole_batch(deleted))
}

/// The statement of [`delete_tombstones`].
pub(crate) fn delete_tombstones_sql(descriptor: &Descriptor) -> String {
    format!(
        include_str!("retention.delete_tombstones.sql"),
        BATCH = BATCH,
        entity = descriptor.entity,
        table = descriptor.table
    )
}

/// Deletes, among the next tombstones of a kind of record after the id `after`, those that nobody needs any more: Geniacs
/// has deleted the record too, for every integration, or its row is there again.
pub async fn delete_tombstones(connection: &mut Connection, descriptor: &Descriptor, after: i64) -> Result<Batch> {
    diesel::sql_query(delete_tombstones_sql(descriptor)).bind::<BigInt, _>(after).get_result(connection).await
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Integrations that were archived more than `days` ago.
pub async fn archived(connection: &mut Connection, days: u32) -> Result<Vec<i64>> {
    let rows: Vec<Id> = diesel::sql_query(
        "SELECT id FROM geniacs_integrations WHERE archived_at < geniacs_now() - make_interval(days => $1) ORDER BY id",
    )
    .bind::<Integer, _>(whole_days(days))
    .load(connection)
    .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// The tables whose rows of an archived integration go in batches, before the integration takes the rest with it.
pub const PARTS_OF_INTEGRATIONS: [&str; 5] =
    ["geniacs_webhook_events", "geniacs_sync_logs", "record_links", "former_ids", "record_history"];

/// Deletes an archived integration's rows in one stretch of a table's pages, from page `after` on. Not every such table
/// has an index by integration; so it is read once, in small pieces.
pub async fn purge(connection: &mut Connection, table: &str, integration_id: i64, after: i64) -> Result<Batch> {
    diesel::sql_query(format!(
        "WITH deleted AS (
             DELETE FROM {table} WHERE integration_id = $1
               AND ctid >= format('(%s,0)', $2)::tid AND ctid < format('(%s,0)', $2 + {PAGES})::tid RETURNING 1)
         SELECT (SELECT count(*) FROM deleted) AS deleted, $2 + {PAGES} AS last,
             $2 + {PAGES} < pg_relation_size($3::regclass) / current_setting('block_size')::bigint AS more"
    ))
    .bind::<BigInt, _>(integration_id)
    .bind::<BigInt, _>(after)
    .bind::<Text, _>(table)
    .get_result(connection)
    .await
}

/// Pages that one batch reads.
const PAGES: i64 = 16;

/// Deletes an archived integration with what is left of it.
pub async fn delete_integration(connection: &mut Connection, id: i64) -> Result<usize> {
    diesel::sql_query("DELETE FROM geniacs_integrations WHERE id = $1 AND archived_at IS NOT NULL")
        .bind::<BigInt, _>(id)
        .execute(connection)
        .await
}

fn whole_batch(deleted: usize) -> Batch {
    let deleted = i64::try_from(deleted).unwrap_or(i64::MAX);
    Batch { deleted, last: None, more: deleted >= BATCH }
}

fn whole_days(days: u32) -> i32 {
    i32::try_from(days).unwrap_or(i32::MAX)
}
