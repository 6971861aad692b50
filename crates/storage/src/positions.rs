//! How far the unfiltered runs of one direction have come.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::OptionalExtension;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use domain::{EntityType, SyncDirection};

/// A position.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, diesel::QueryableByName)]
pub struct Position {
    /// Push: every change below this transaction id is done.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub changed_xid: Option<i64>,
    /// Pull: the largest `updated_at` that the partner has shown.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub updated_at: Option<DateTime<Utc>>,
}

/// The position of an integration's entity in one direction; empty before the first run.
pub async fn find(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    direction: SyncDirection,
) -> Result<Position> {
    let row = diesel::sql_query(
        "SELECT changed_xid, updated_at FROM sync_positions
         WHERE integration_id = $1 AND entity_type = $2::entity_type AND direction = $3::sync_direction",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .bind::<Text, _>(direction.as_str())
    .get_result(connection)
    .await
    .optional()?;
    Ok(row.unwrap_or_default())
}

/// Forgets a position, so that the next run begins anew.
pub async fn forget(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    direction: SyncDirection,
) -> Result<()> {
    diesel::sql_query(
        "DELETE FROM sync_positions
         WHERE integration_id = $1 AND entity_type = $2::entity_type AND direction = $3::sync_direction",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .bind::<Text, _>(direction.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// Moves the position of the sync's integration and entity. It never goes back.
pub async fn advance(connection: &mut Connection, sync_id: i64, direction: SyncDirection, to: Position) -> Result<()> {
    diesel::sql_query(
        "INSERT INTO sync_positions AS p (integration_id, entity_type, direction, changed_xid, updated_at, sync_id)
         SELECT integration_id, entity_type, $2::sync_direction, $3, $4, id FROM geniacs_data_sync WHERE id = $1
         ON CONFLICT (integration_id, entity_type, direction) DO UPDATE SET
             changed_xid = greatest(p.changed_xid, excluded.changed_xid),
             updated_at = greatest(p.updated_at, excluded.updated_at), sync_id = excluded.sync_id",
    )
    .bind::<BigInt, _>(sync_id)
    .bind::<Text, _>(direction.as_str())
    .bind::<Nullable<BigInt>, _>(to.changed_xid)
    .bind::<Nullable<Timestamptz>, _>(to.updated_at)
    .execute(connection)
    .await?;
    Ok(())
}
