//! Records that were sent to Geniacs and whose answer nobody has stored yet. Before a request is sent, the links of its
//! records say so (`unconfirmed`), so that whatever happens then, the next run asks Geniacs before it sends them again. A
//! link without a Geniacs id stands for a record that the request may have created.

use crate::entities::Descriptor;
use crate::prepared::Prepare;
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use domain::EntityType;

/// After this many seconds without an answer, a record that may have been created no longer holds events back, and
/// incremental pulls no longer look for it.
pub const LONGEST_SECONDS: u32 = 3_600;

/// A record that is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent<'a> {
    /// The local id.
    pub local_id: i64,
    /// The natural key that it is sent with, by which Geniacs' record can be recognised.
    pub natural_key: Option<&'a str>,
    /// The fields that it is sent with: canonical text; none for a deletion.
    pub fields: Option<&'a str>,
}

/// Notes that these records are about to be sent. It has to be committed before the request begins.
pub async fn note_sent(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    records: &[Sent<'_>],
) -> Result<()> {
    // The order of the keys keeps two transactions from waiting for each other.
    diesel::sql_query(
        "INSERT INTO record_links AS l (integration_id, entity_type, local_id, unconfirmed, sent_at, sent_key, sending)
         SELECT $1, $2::entity_type, u.local_id, true, geniacs_now(), u.natural_key, u.fields::json
         FROM unnest($3, $4, $5) AS u (local_id, natural_key, fields) ORDER BY u.local_id
         ON CONFLICT (integration_id, entity_type, local_id) DO UPDATE SET unconfirmed = true,
             sent_at = CASE WHEN l.geniacs_id IS NULL THEN excluded.sent_at END,
             sent_key = CASE WHEN l.geniacs_id IS NULL THEN excluded.sent_key END,
             sending = CASE WHEN l.geniacs_id IS NULL THEN excluded.sending ELSE l.sending END",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .bind::<Array<BigInt>, _>(records.iter().map(|r| r.local_id).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(records.iter().map(|r| r.natural_key).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(records.iter().map(|r| r.fields).collect::<Vec<_>>())
    .prepared()
    .execute(connection)
    .await?;

    Ok(())
}

/// Takes the note off records that Geniacs has not taken, for certain. One that was not linked before has no link then.
pub async fn take_back(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    local_ids: &[i64],
) -> Result<()> {
    if local_ids.is_empty() {
        return Ok(());
    }

    diesel::sql_query(include_str!("unanswered.take_back.sql"))
        .bind::<BigInt, _>(integration_id)
        .bind::<Text, _>(entity.as_str())
        .bind::<Array<BigInt>, _>(local_ids)
        .prepared()
        .execute(connection)
        .await?;
    Ok(())
}

/// Lets events no longer wait for the answer to the requests for these records: nobody can tell what became of them.
pub async fn stop_waiting(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    local_ids: &[i64],
) -> Result<()> {
    if local_ids.is_empty() {
        return Ok(());
    }

    diesel::sql_query(
        "UPDATE record_links SET sent_at = NULL
         WHERE integration_id = $1 AND entity_type = $2::entity_type AND local_id = ANY ($3) AND geniacs_id IS NULL",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .bind::<Array<BigInt>, _>(local_ids)
    .prepared()
    .execute(connection)
    .await?;
    Ok(())
}

/// A record that Geniacs may hold under an id that nobody here knows.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct MaybeCreated {
    /// The local id.
    #[diesel(sql_type = BigInt)]
    pub local_id: i64,
    /// The natural key that it was sent with.
    #[diesel(sql_type = Nullable<Text>)]
    pub sent_key: Option<String>,
    /// The fields that it was sent with, as text, where they are known.
    #[diesel(sql_type = Nullable<Text>)]
    pub sent_fields: Option<String>,
    /// Whether Geniacs has said that it took the record, without telling its id.
    #[diesel(sql_type = Bool)]
    pub was_taken: bool,
}

/// Columns of [`MaybeCreated`]. A confirmation leaves what it was about as agreed, and no change since.
const MAYBE_CREATED: &str = "l.local_id, l.sent_key, coalesce(l.sending, l.agreed)::text AS sent_fields,
    l.sending IS NULL AND l.agreed IS NOT NULL AS was_taken";

/// Of these records those that requests may have created.
pub async fn maybe_created_of(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    local_ids: &[i64],
) -> Result<Vec<MaybeCreated>> {
    diesel::sql_query(format!(
        "SELECT {MAYBE_CREATED} FROM record_links l
         WHERE l.integration_id = $1 AND l.entity_type = $2::entity_type AND l.local_id = ANY ($3)
             AND l.geniacs_id IS NULL AND l.unconfirmed"
    ))
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .bind::<Array<BigInt>, _>(local_ids)
    .prepared()
    .load(connection)
    .await
}

/// The records that requests may have created, sent within so many seconds, or whenever.
pub async fn maybe_created(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    within_seconds: Option<u32>,
) -> Result<Vec<MaybeCreated>> {
    diesel::sql_query(format!(
        "SELECT {MAYBE_CREATED} FROM record_links l
         WHERE l.integration_id = $1 AND l.entity_type = $2::entity_type AND l.geniacs_id IS NULL AND l.unconfirmed
           AND ($3::bigint IS NULL
                OR coalesce(l.sent_at, l.last_synced_at) >= geniacs_now() - make_interval(secs => $3))
         ORDER BY l.local_id"
    ))
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .bind::<Nullable<BigInt>, _>(within_seconds.map(i64::from))
    .prepared()
    .load(connection)
    .await
}

/// A record whose Geniacs id is known now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identified<'a> {
    /// The local id.
    pub local_id: i64,
    /// The id under which Geniacs holds it.
    pub geniacs_id: &'a str,
}

/// Stores the ids of records that requests had created. That they are there confirms what was sent of them: it is what both
/// sides agreed on, as of the moment of the request. They stay unconfirmed, so that the next push sends the record whatever
/// its link says. An id that is linked to another record already is left out. Returns the local ids that were stored.
pub async fn identify(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    records: &[Identified<'_>],
) -> Result<Vec<i64>> {
    let rows: Vec<LocalId> = diesel::sql_query(include_str!("unanswered.identify.sql"))
        .bind::<BigInt, _>(integration_id)
        .bind::<Text, _>(entity.as_str())
        .bind::<Array<BigInt>, _>(records.iter().map(|r| r.local_id).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(records.iter().map(|r| r.geniacs_id).collect::<Vec<_>>())
        .prepared()
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(|r| r.local_id).collect())
}

/// A record that Geniacs surely holds and may know by its local id: a control for look-ups by `external_id`. None where
/// no such record is found with one look at an index.
pub async fn a_linked_record(
    connection: &mut Connection,
    descriptor: &Descriptor,
    integration_id: i64,
) -> Result<Option<i64>> {
    let sql = format!(
        "SELECT l.local_id FROM (
             SELECT t.id FROM {table} t WHERE t.{column} IS NOT NULL ORDER BY t.{column} LIMIT 20) t
         CROSS JOIN LATERAL (
             SELECT l.local_id FROM record_links l WHERE l.local_id = t.id AND l.integration_id = $1
                 AND l.entity_type = '{entity}'::entity_type AND l.geniacs_id IS NOT NULL AND l.deleted_version IS NULL
                 AND NOT l.unconfirmed LIMIT 1) l
         LIMIT 1",
        table = descriptor.table,
        column = descriptor.geniacs_id_column,
        entity = descriptor.entity,
    );

    let rows: Vec<LocalId> =
        diesel::sql_query(sql).bind::<BigInt, _>(integration_id).prepared().load(connection).await?;
    Ok(rows.into_iter().map(|r| r.local_id).next())
}

/// Leaves tombstones for records that may have been created and whose rows are gone, so that a push removes them there.
/// The trigger leaves none where the row went while its first request was being noted.
pub async fn leave_tombstones(connection: &mut Connection, descriptor: &Descriptor, integration_id: i64) -> Result<()> {
    let sql = format!(
        "INSERT INTO record_tombstones (entity_type, local_id)
         SELECT l.entity_type, l.local_id FROM record_links l
         WHERE l.integration_id = $1 AND l.entity_type = '{entity}'::entity_type AND l.geniacs_id IS NULL AND l.unconfirmed
           AND (SELECT t.id FROM {table} t WHERE t.id = l.local_id LIMIT 1) IS NULL
         ORDER BY l.local_id
         ON CONFLICT (entity_type, local_id) DO NOTHING",
        entity = descriptor.entity,
        table = descriptor.table,
    );

    diesel::sql_query(sql).bind::<BigInt, _>(integration_id).execute(connection).await?;
    Ok(())
}

/// An event about a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct News<'a> {
    /// The record's Geniacs id.
    pub geniacs_id: &'a str,
    /// When the event was stored.
    pub stored_at: DateTime<Utc>,
}

/// When a record was sent whose id is not known: one that was taken by an answer without ids keeps that as its version.
const SENT_AT: &str =
    "coalesce(l.sent_at, CASE WHEN l.record_version > 0 THEN to_timestamp(l.record_version / 1000000.0) END)";

/// Which of these events may be about a record that a push has created: no link has the id, and a create that was sent
/// before the event was stored has no answer yet, or one that did not tell the id. One answer for each, in their order.
pub async fn may_be_ours(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    events: &[News<'_>],
) -> Result<Vec<bool>> {
    let rows: Vec<Flag> = diesel::sql_query(format!(
        "SELECT (SELECT l.local_id FROM record_links l WHERE l.geniacs_id = u.geniacs_id AND l.integration_id = $1
                     AND l.entity_type = $2::entity_type LIMIT 1) IS NULL
             AND coalesce(u.stored_at >= unanswered.first_sent, false) AS flag
         FROM unnest($3, $4) WITH ORDINALITY AS u (geniacs_id, stored_at, ord)
         CROSS JOIN (SELECT min({SENT_AT}) AS first_sent FROM record_links l
                     WHERE l.integration_id = $1 AND l.entity_type = $2::entity_type AND l.geniacs_id IS NULL
                       AND l.unconfirmed AND {SENT_AT} >= geniacs_now() - interval '{LONGEST_SECONDS} seconds') unanswered
         ORDER BY u.ord"
    ))
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .bind::<Array<Text>, _>(events.iter().map(|e| e.geniacs_id).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(events.iter().map(|e| e.stored_at).collect::<Vec<_>>())
    .prepared()
    .load(connection)
    .await?;

    Ok(rows.into_iter().map(|row| row.flag).collect())
}

#[derive(QueryableByName)]
struct LocalId {
    #[diesel(sql_type = BigInt)]
    local_id: i64,
}

#[derive(QueryableByName)]
struct Flag {
    #[diesel(sql_type = Bool)]
    flag: bool,
}
