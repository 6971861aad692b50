//! Records that come from Geniacs under an id that nothing is linked to, and claim a row that is linked to another one.

use crate::entities::Descriptor;
use crate::prepared::Prepare;
use crate::records::Candidate;
use crate::{Connection, Result};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use diesel_async::RunQueryDsl;
use domain::{EntityType, Moment, Precision};

/// A record that names a row here by its `external_id` or natural key, while that row is linked to another id.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Claim {
    /// The id under which the record comes.
    #[diesel(sql_type = Text)]
    pub geniacs_id: String,
    /// The row.
    #[diesel(sql_type = BigInt)]
    pub local_id: i64,
    /// The id that the row is linked to.
    #[diesel(sql_type = Text)]
    pub former_id: String,
    /// Whether Geniacs has said that it deleted the record of that id.
    #[diesel(sql_type = Bool)]
    pub known_gone: bool,
}

/// The statement of [`claims`].
pub(crate) fn claims_sql(descriptor: &Descriptor, key: &str) -> String {
    format!(include_str!("rekeyed.claims.sql"), key = key, entity = descriptor.entity, table = descriptor.table)
}

/// The claims among records. There is none where nothing links the entity.
pub async fn claims(
    connection: &mut Connection,
    descriptor: &Descriptor,
    integration_id: i64,
    candidates: &[Candidate<'_>],
) -> Result<Vec<Claim>> {
    let Some(key) = descriptor.natural_key else { return Ok(Vec::new()) };

    // As in `match_incoming`, each look-up is one index probe; where the id is linked, it is the only one.
    let sql = claims_sql(descriptor, key);
    diesel::sql_query(sql)
        .bind::<BigInt, _>(integration_id)
        .bind::<Array<Text>, _>(candidates.iter().map(|c| c.geniacs_id).collect::<Vec<_>>())
        .bind::<Array<Nullable<BigInt>>, _>(candidates.iter().map(|c| c.external_id).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(candidates.iter().map(|c| c.natural_key).collect::<Vec<_>>())
        .prepared()
        .load(connection)
        .await
}

/// Links rows to their records' new ids, unless they or the ids are linked otherwise by now. The caller holds the lock of
/// incoming records. Returns the local ids whose links have changed.
pub async fn link_anew(
    connection: &mut Connection,
    descriptor: &Descriptor,
    integration_id: i64,
    claims: &[Claim],
) -> Result<Vec<i64>> {
    #[derive(QueryableByName)]
    struct Linked {
        #[diesel(sql_type = BigInt)]
        local_id: i64,
    }

    // A row that Geniacs had deleted under the former id is to come back, however old what it says of the new one: a
    // deletion at 0 is one that everything is newer than.
    let sql = format!(
        "UPDATE record_links l SET geniacs_id = u.geniacs_id, deleted_version = CASE WHEN l.deleted_version IS NOT NULL THEN 0 END
         FROM unnest($2, $3, $4) AS u (local_id, former_id, geniacs_id)
         WHERE l.integration_id = $1 AND l.entity_type = '{entity}'::entity_type AND l.local_id = u.local_id
             AND l.geniacs_id = u.former_id
             AND NOT EXISTS (SELECT FROM record_links o WHERE o.integration_id = $1
                 AND o.entity_type = '{entity}'::entity_type AND o.geniacs_id = u.geniacs_id)
         RETURNING l.local_id",
        entity = descriptor.entity,
    );

    let rows: Vec<Linked> = diesel::sql_query(sql)
        .bind::<BigInt, _>(integration_id)
        .bind::<Array<BigInt>, _>(claims.iter().map(|c| c.local_id).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(claims.iter().map(|c| c.former_id.as_str()).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(claims.iter().map(|c| c.geniacs_id.as_str()).collect::<Vec<_>>())
        .load(connection)
        .await?;

    Ok(rows.into_iter().map(|row| row.local_id).collect())
}

/// An id that no record has any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerId {
    /// The id.
    pub geniacs_id: String,
    /// The record here that had it.
    pub local_id: Option<i64>,
    /// When the record was deleted, where a listing showed it as deleted before anything else was known of it. None: a record
    /// here had this id once.
    pub deleted: Option<Moment>,
}

/// Those of these ids that no record has any more, and that nothing is linked to.
pub async fn former_ids(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    geniacs_ids: &[&str],
) -> Result<Vec<FormerId>> {
    #[derive(QueryableByName)]
    struct Former {
        #[diesel(sql_type = Text)]
        geniacs_id: String,
        #[diesel(sql_type = Nullable<BigInt>)]
        local_id: Option<i64>,
        #[diesel(sql_type = Nullable<BigInt>)]
        deleted_version: Option<i64>,
        #[diesel(sql_type = BigInt)]
        deleted_unit: i64,
    }

    let rows: Vec<Former> = diesel::sql_query(
        "SELECT f.geniacs_id, f.local_id, f.deleted_version, f.deleted_unit FROM unnest($3) AS u (id) CROSS JOIN LATERAL (
             SELECT f.geniacs_id, f.local_id, f.deleted_version, f.deleted_unit FROM former_ids f WHERE f.geniacs_id = u.id
                 AND f.integration_id = $1 AND f.entity_type = $2::entity_type LIMIT 1) f
         WHERE (SELECT l.local_id FROM record_links l WHERE l.geniacs_id = u.id AND l.integration_id = $1
                    AND l.entity_type = $2::entity_type LIMIT 1) IS NULL",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .bind::<Array<Text>, _>(geniacs_ids)
    .prepared()
    .load(connection)
    .await?;

    let former = |row: Former| {
        let moment = |micros| Moment { micros, precision: Precision::of_unit(row.deleted_unit) };
        FormerId { geniacs_id: row.geniacs_id, local_id: row.local_id, deleted: row.deleted_version.map(moment) }
    };
    Ok(rows.into_iter().map(former).collect())
}

/// Notes when records were deleted of which nothing else is known, so that what still comes about the time before makes no
/// row. Each id is given once.
pub async fn note_deleted(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    deleted: &[(String, Moment)],
) -> Result<()> {
    if deleted.is_empty() {
        return Ok(());
    }

    // The order of the keys keeps two transactions from waiting for each other.
    diesel::sql_query(
        "INSERT INTO former_ids (geniacs_id, integration_id, entity_type, deleted_version, deleted_unit)
         SELECT u.id, $1, $2::entity_type, u.micros, u.unit FROM unnest($3, $4, $5) AS u (id, micros, unit) ORDER BY u.id
         ON CONFLICT (geniacs_id, integration_id, entity_type) DO UPDATE
             SET deleted_version = excluded.deleted_version, deleted_unit = excluded.deleted_unit
             WHERE former_ids.deleted_version < excluded.deleted_version",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .bind::<Array<Text>, _>(deleted.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(deleted.iter().map(|(_, moment)| moment.micros).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(deleted.iter().map(|(_, moment)| moment.precision.unit()).collect::<Vec<_>>())
    .prepared()
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes away the links of rows whose records Geniacs does not have any more, so that they are made anew there. Their ids
/// are remembered as former ones.
pub async fn forget(
    connection: &mut Connection,
    descriptor: &Descriptor,
    integration_id: i64,
    local_ids: &[i64],
) -> Result<()> {
    if local_ids.is_empty() {
        return Ok(());
    }

    let sql = format!(
        "WITH gone AS (
             DELETE FROM record_links WHERE integration_id = $1 AND entity_type = '{entity}'::entity_type
                 AND local_id = ANY ($2) RETURNING geniacs_id, local_id
         ), copies AS (
             UPDATE {table} t SET {column} = NULL WHERE t.id = ANY ($2)
         )
         INSERT INTO former_ids (geniacs_id, integration_id, entity_type, local_id)
         SELECT geniacs_id, $1, '{entity}'::entity_type, local_id FROM gone WHERE geniacs_id IS NOT NULL
         ON CONFLICT (geniacs_id, integration_id, entity_type) DO UPDATE SET local_id = excluded.local_id, since = excluded.since,
             deleted_version = NULL",
        entity = descriptor.entity,
        table = descriptor.table,
        column = descriptor.geniacs_id_column,
    );

    diesel::sql_query(sql)
        .bind::<BigInt, _>(integration_id)
        .bind::<Array<BigInt>, _>(local_ids)
        .prepared()
        .execute(connection)
        .await?;
    Ok(())
}

/// Those of these rows, which are deleted for good, whose deletion Geniacs had taken before this moment, in microseconds since
/// 1970: what it says of a record then is that it was brought back.
pub async fn revived(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    rows: &[(i64, i64)],
) -> Result<Vec<i64>> {
    #[derive(QueryableByName)]
    struct Revived {
        #[diesel(sql_type = BigInt)]
        local_id: i64,
    }

    let revived: Vec<Revived> = diesel::sql_query(
        "SELECT l.local_id FROM unnest($3, $4) AS u (local_id, told) CROSS JOIN LATERAL (
             SELECT l.local_id FROM record_links l WHERE l.local_id = u.local_id AND l.integration_id = $1
                 AND l.entity_type = $2::entity_type AND l.deleted_version < u.told LIMIT 1) l",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .bind::<Array<BigInt>, _>(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(rows.iter().map(|(_, told)| *told).collect::<Vec<_>>())
    .prepared()
    .load(connection)
    .await?;

    Ok(revived.into_iter().map(|row| row.local_id).collect())
}
