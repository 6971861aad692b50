//! Records that one side has and the other lacks: what a listing of Geniacs did not show, and what is gone here.

use crate::entities::Descriptor;
use crate::{Connection, Result};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;
use domain::record_id::FITS_INTO_A_PATH_SQL;

/// How many linked records there are, and how many of them are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Missing {
    /// Linked, and not known to be deleted on the side in question.
    #[diesel(sql_type = BigInt)]
    pub linked: i64,
    /// Those of them that are missing.
    #[diesel(sql_type = BigInt)]
    pub missing: i64,
}

/// Remembers which records a sync's listing has shown.
pub async fn note_seen(connection: &mut Connection, sync_id: i64, geniacs_ids: &[&str]) -> Result<()> {
    diesel::sql_query(
        "INSERT INTO sync_sightings (sync_id, geniacs_id) SELECT $1, u.id FROM unnest($2) AS u (id) ORDER BY u.id
         ON CONFLICT DO NOTHING",
    )
    .bind::<BigInt, _>(sync_id)
    .bind::<Array<Text>, _>(geniacs_ids)
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives what the listing of an interrupted sync has shown to the one that goes on from it.
pub async fn hand_over_seen(connection: &mut Connection, from: i64, to: i64) -> Result<()> {
    let sql = "UPDATE sync_sightings SET sync_id = $2 WHERE sync_id = $1";
    diesel::sql_query(sql).bind::<BigInt, _>(from).bind::<BigInt, _>(to).execute(connection).await?;
    Ok(())
}

/// Forgets what a sync's listing has shown.
pub async fn forget_seen(connection: &mut Connection, sync_id: i64) -> Result<()> {
    let sql = "DELETE FROM sync_sightings WHERE sync_id = $1";
    diesel::sql_query(sql).bind::<BigInt, _>(sync_id).execute(connection).await?;
    Ok(())
}

/// Links `l` of the integration `$1` whose record is alive here, and can be asked for: of others nobody knows whether they
/// are missing.
fn alive_here(descriptor: &Descriptor) -> String {
    format!(
        "record_links l WHERE l.integration_id = $1 AND l.entity_type = '{}'::entity_type AND l.geniacs_id IS NOT NULL
             AND l.deleted_version IS NULL AND l.geniacs_id {FITS_INTO_A_PATH_SQL}
             AND (SELECT t.id FROM {} t WHERE t.id = l.local_id AND t.deleted_at IS NULL LIMIT 1) IS NOT NULL",
        descriptor.entity, descriptor.table
    )
}

/// A limited subquery instead of `NOT EXISTS`: one index probe per link. A planner that expects few sightings makes a loop of
/// all links times all sightings out of the other.
const UNSEEN: &str =
    "(SELECT s.geniacs_id FROM sync_sightings s WHERE s.sync_id = $2 AND s.geniacs_id = l.geniacs_id LIMIT 1) IS NULL";

/// How many of the linked records that are alive here a sync's listing has not shown.
pub async fn count_unseen(
    connection: &mut Connection,
    descriptor: &Descriptor,
    integration_id: i64,
    sync_id: i64,
) -> Result<Missing> {
    let sql = format!(
        "SELECT count(*) AS linked, count(*) FILTER (WHERE {UNSEEN}) AS missing FROM {}",
        alive_here(descriptor)
    );
    diesel::sql_query(sql).bind::<BigInt, _>(integration_id).bind::<BigInt, _>(sync_id).get_result(connection).await
}

/// The Geniacs ids of up to `limit` linked records that are alive here and that a sync's listing has not shown, in
/// order, above `after`.
pub async fn unseen(
    connection: &mut Connection,
    descriptor: &Descriptor,
    integration_id: i64,
    sync_id: i64,
    after: &str,
    limit: i64,
) -> Result<Vec<String>> {
    let sql = format!(
        "SELECT l.geniacs_id FROM {} AND l.geniacs_id > $3 AND {UNSEEN} ORDER BY l.geniacs_id LIMIT $4",
        alive_here(descriptor)
    );

    let rows: Vec<GeniacsId> = diesel::sql_query(sql)
        .bind::<BigInt, _>(integration_id)
        .bind::<BigInt, _>(sync_id)
        .bind::<Text, _>(after)
        .bind::<BigInt, _>(limit)
        .load(connection)
        .await?;

    Ok(rows.into_iter().map(|row| row.geniacs_id).collect())
}

/// How many of the records that Geniacs has are gone here: deleted softly, or for good.
pub async fn count_gone(connection: &mut Connection, descriptor: &Descriptor, integration_id: i64) -> Result<Missing> {
    let sql = format!(
        "SELECT count(*) AS linked, count(*) FILTER (WHERE (
             SELECT t.id FROM {} t WHERE t.id = l.local_id AND t.deleted_at IS NULL LIMIT 1) IS NULL) AS missing
         FROM record_links l WHERE l.integration_id = $1 AND l.entity_type = '{}'::entity_type
             AND l.geniacs_id IS NOT NULL AND l.deleted_version IS NULL",
        descriptor.table, descriptor.entity
    );
    diesel::sql_query(sql).bind::<BigInt, _>(integration_id).get_result(connection).await
}

/// Leaves tombstones for the records that Geniacs has and whose rows are gone without one, as after a truncation.
pub async fn leave_tombstones(connection: &mut Connection, descriptor: &Descriptor, integration_id: i64) -> Result<()> {
    let sql = format!(
        "INSERT INTO record_tombstones (entity_type, local_id)
         SELECT l.entity_type, l.local_id FROM record_links l
         WHERE l.integration_id = $1 AND l.entity_type = '{}'::entity_type AND l.geniacs_id IS NOT NULL
             AND l.deleted_version IS NULL AND (SELECT t.id FROM {} t WHERE t.id = l.local_id LIMIT 1) IS NULL
         ORDER BY l.local_id ON CONFLICT (entity_type, local_id) DO NOTHING",
        descriptor.entity, descriptor.table
    );

    diesel::sql_query(sql).bind::<BigInt, _>(integration_id).execute(connection).await?;
    Ok(())
}

/// The lowest change position of a deletion that Geniacs has not been told of.
pub async fn first_pending_deletion(
    connection: &mut Connection,
    descriptor: &Descriptor,
    integration_id: i64,
) -> Result<Option<i64>> {
    if descriptor.append_only {
        return Ok(None);
    }

    let untold = format!(
        "(SELECT l.local_id FROM record_links l WHERE l.local_id = d.id AND l.integration_id = $1
             AND l.entity_type = '{}'::entity_type AND l.geniacs_id IS NOT NULL AND l.deleted_version IS NULL LIMIT 1) IS NOT NULL",
        descriptor.entity
    );
    let sql = format!(
        "SELECT min(d.changed_xid::text::bigint) AS position FROM (
             SELECT t.id, t.changed_xid FROM {} t WHERE t.deleted_at IS NOT NULL
             UNION ALL
             SELECT g.local_id, g.changed_xid FROM record_tombstones g WHERE g.entity_type = '{}'::entity_type
         ) d WHERE {untold}",
        descriptor.table, descriptor.entity
    );

    let row: Position = diesel::sql_query(sql).bind::<BigInt, _>(integration_id).get_result(connection).await?;
    Ok(row.position)
}

#[derive(QueryableByName)]
struct GeniacsId {
    #[diesel(sql_type = Text)]
    geniacs_id: String,
}

#[derive(QueryableByName)]
struct Position {
    #[diesel(sql_type = Nullable<BigInt>)]
    position: Option<i64>,
}
