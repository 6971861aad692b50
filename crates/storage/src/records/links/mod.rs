//! `record_links`: which local row is which record at Geniacs.

pub(crate) mod pushed;

pub use pushed::{Confirmed, Learned, Sending, Unchanged, confirm, exchanging, learned_since, note_sending};

use crate::entities::descriptor;
use crate::prepared::Prepare;
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Jsonb, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use domain::EntityType;

/// Makes one transaction at a time apply what comes from Geniacs for an integration and entity, so that two of them
/// never create the same record. Held until the end of the transaction.
pub async fn lock_incoming(connection: &mut Connection, integration_id: i64, entity: EntityType) -> Result<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended('incoming ' || $2, $1))")
        .bind::<BigInt, _>(integration_id)
        .bind::<Text, _>(entity.as_str())
        .prepared()
        .execute(connection)
        .await?;
    Ok(())
}

/// Locks the links of records, in the order of their local ids. Links are locked before the records themselves.
pub async fn lock(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    local_ids: &[i64],
) -> Result<()> {
    diesel::sql_query(
        "SELECT 1 FROM record_links WHERE integration_id = $1 AND entity_type = $2::entity_type AND local_id = ANY ($3)
         ORDER BY local_id FOR NO KEY UPDATE",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .bind::<Array<BigInt>, _>(local_ids)
    .prepared()
    .execute(connection)
    .await?;
    Ok(())
}

/// What applying a record from Geniacs leaves in its link.
#[derive(Debug, Clone, Default)]
pub struct Applied<'a> {
    /// The local id.
    pub local_id: i64,
    /// The Geniacs id.
    pub geniacs_id: &'a str,
    /// The hash of what is held of all fields that are kept; none leaves what the link keeps as it is.
    pub content_hash: Option<&'a [u8]>,
    /// What Geniacs said or confirmed last of each field: canonical text.
    pub agreed: Option<&'a str>,
    /// Where the local side holds something else; see `reconcile::Kept`.
    pub held: Option<&'a str>,
    /// The version of the whole record, microseconds.
    pub record_version: i64,
    /// Versions of fields that something newer has touched.
    pub field_versions: serde_json::Value,
    /// The version at which Geniacs deleted it.
    pub deleted_version: Option<i64>,
    /// Whether the row, as it is now, differs in no field from what is kept, so that there is nothing to push; none where the
    /// row was left as it is and nobody knows.
    pub in_step: Option<bool>,
    /// The `updated_at` that the row got with this write; none: it was not written.
    pub written_at: Option<DateTime<Utc>>,
    /// When the local side had last changed the row by then.
    pub local_changed_at: Option<DateTime<Utc>>,
    /// Whether this was the whole record, so that nothing that was passed over before is left of it.
    pub is_whole: bool,
}

/// The statement of [`apply`].
pub(crate) fn apply_sql(entity: EntityType) -> String {
    format!(include_str!("apply.sql"), table = descriptor(entity).table)
}

/// Stores the links of applied records.
pub async fn apply(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    records: &[Applied<'_>],
) -> Result<()> {
    let sql = apply_sql(entity);
    diesel::sql_query(sql)
        .bind::<BigInt, _>(integration_id)
        .bind::<Text, _>(entity.as_str())
        .bind::<Array<BigInt>, _>(records.iter().map(|r| r.local_id).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(records.iter().map(|r| r.geniacs_id).collect::<Vec<_>>())
        .bind::<Array<Nullable<Binary>>, _>(records.iter().map(|r| r.content_hash).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(records.iter().map(|r| r.agreed).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(records.iter().map(|r| r.held).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(records.iter().map(|r| r.record_version).collect::<Vec<_>>())
        .bind::<Array<Jsonb>, _>(records.iter().map(|r| &r.field_versions).collect::<Vec<_>>())
        .bind::<Array<Nullable<BigInt>>, _>(records.iter().map(|r| r.deleted_version).collect::<Vec<_>>())
        .bind::<Array<Nullable<Bool>>, _>(records.iter().map(|r| r.in_step).collect::<Vec<_>>())
        .bind::<Array<Nullable<Timestamptz>>, _>(records.iter().map(|r| r.written_at).collect::<Vec<_>>())
        .bind::<Array<Nullable<Timestamptz>>, _>(records.iter().map(|r| r.local_changed_at).collect::<Vec<_>>())
        .bind::<Array<Bool>, _>(records.iter().map(|r| r.is_whole).collect::<Vec<_>>())
        .prepared()
        .execute(connection)
        .await?;

    Ok(())
}

/// What is kept of a record whose row was written for Geniacs' sake beside what came of it.
#[derive(Debug, Clone)]
pub struct KeptFields<'a> {
    /// The local id.
    pub local_id: i64,
    /// As in [`Applied`].
    pub content_hash: &'a [u8],
    /// As in [`Applied`].
    pub agreed: &'a str,
    /// As in [`Applied`].
    pub held: Option<&'a str>,
    /// As in [`Applied`].
    pub in_step: bool,
}

/// Stores what is kept of records, and nothing else.
pub async fn keep(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    records: &[KeptFields<'_>],
) -> Result<()> {
    if records.is_empty() {
        return Ok(());
    }

    let sql = format!(
        "UPDATE record_links l SET content_hash = u.content_hash, agreed = u.agreed::json, held = u.held::json,
             applied_xid = CASE WHEN u.in_step
                 THEN (SELECT t.changed_xid::text::bigint FROM {} t WHERE t.id = u.local_id LIMIT 1) ELSE 0 END
         FROM unnest($3, $4, $5, $6, $7) AS u (local_id, content_hash, agreed, held, in_step)
         WHERE l.local_id = u.local_id AND l.integration_id = $1 AND l.entity_type = $2::entity_type",
        descriptor(entity).table
    );

    diesel::sql_query(sql)
        .bind::<BigInt, _>(integration_id)
        .bind::<Text, _>(entity.as_str())
        .bind::<Array<BigInt>, _>(records.iter().map(|r| r.local_id).collect::<Vec<_>>())
        .bind::<Array<Binary>, _>(records.iter().map(|r| r.content_hash).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(records.iter().map(|r| r.agreed).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(records.iter().map(|r| r.held).collect::<Vec<_>>())
        .bind::<Array<Bool>, _>(records.iter().map(|r| r.in_step).collect::<Vec<_>>())
        .prepared()
        .execute(connection)
        .await?;
    Ok(())
}

/// Remembers that a run left out what Geniacs changed in these records.
pub async fn pass_over(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    local_ids: &[i64],
) -> Result<()> {
    if local_ids.is_empty() {
        return Ok(());
    }

    diesel::sql_query(
        "UPDATE record_links SET passed_over = true
         WHERE local_id = ANY ($3) AND integration_id = $1 AND entity_type = $2::entity_type AND NOT passed_over",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .bind::<Array<BigInt>, _>(local_ids)
    .prepared()
    .execute(connection)
    .await?;
    Ok(())
}

/// How many records of an entity are linked.
pub async fn count(connection: &mut Connection, integration_id: i64, entity: EntityType) -> Result<i64> {
    let row: Count = diesel::sql_query(
        "SELECT count(*) AS n FROM record_links
         WHERE integration_id = $1 AND entity_type = $2::entity_type AND geniacs_id IS NOT NULL",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .get_result(connection)
    .await?;
    Ok(row.n)
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// A Geniacs id and the record that it is linked to.
#[derive(Debug, Clone, QueryableByName)]
pub struct Linked {
    /// The id at Geniacs.
    #[diesel(sql_type = Text)]
    pub geniacs_id: String,
    /// The local id.
    #[diesel(sql_type = BigInt)]
    pub local_id: i64,
}

/// Those of these Geniacs ids that are linked, each with its record.
pub async fn linked(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    geniacs_ids: &[&str],
) -> Result<Vec<Linked>> {
    diesel::sql_query(
        "SELECT l.geniacs_id, l.local_id FROM unnest($3) AS u (id) CROSS JOIN LATERAL (
             SELECT l.geniacs_id, l.local_id FROM record_links l WHERE l.geniacs_id = u.id AND l.integration_id = $1
                 AND l.entity_type = $2::entity_type LIMIT 1) l",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .bind::<Array<Text>, _>(geniacs_ids)
    .prepared()
    .load(connection)
    .await
}

/// The Geniacs ids that these local ids are linked to.
pub async fn geniacs_ids(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    local_ids: &[i64],
) -> Result<Vec<String>> {
    let rows: Vec<GeniacsId> = diesel::sql_query(
        "SELECT l.geniacs_id FROM unnest($3) AS u (id) CROSS JOIN LATERAL (
             SELECT l.geniacs_id FROM record_links l WHERE l.local_id = u.id AND l.integration_id = $1
                 AND l.entity_type = $2::entity_type AND l.geniacs_id IS NOT NULL LIMIT 1) l",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .bind::<Array<BigInt>, _>(local_ids)
    .prepared()
    .load(connection)
    .await?;

    Ok(rows.into_iter().map(|r| r.geniacs_id).collect())
}

#[derive(QueryableByName)]
struct GeniacsId {
    #[diesel(sql_type = Text)]
    geniacs_id: String,
}

#[derive(QueryableByName)]
struct LocalId {
    #[diesel(sql_type = BigInt)]
    local_id: i64,
}
