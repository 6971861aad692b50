//! How far the unfiltered runs of one direction have come. Runs that leave records out by their options do not move the
//! position of the others: those with the same options have one of their own.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use domain::sync::SyncOptions;
use domain::{EntityType, SyncDirection};

/// A position.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, diesel::QueryableByName)]
pub struct Position {
    /// Push: every change below this transaction id is done.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub changed_xid: Option<i64>,
    /// Pull: by the partner's clock, the latest change that is done.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub updated_at: Option<DateTime<Utc>>,
}

/// Where a run with these options begins: where the last run that left nothing out, or the last one with the same options,
/// has come to, whichever is further. Empty before the first run.
pub async fn find(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    direction: SyncDirection,
    options: &SyncOptions,
) -> Result<Position> {
    diesel::sql_query(
        "SELECT max(p.changed_xid) AS changed_xid, max(p.updated_at) AS updated_at FROM (
             SELECT changed_xid, updated_at FROM sync_positions
             WHERE integration_id = $1 AND entity_type = $2::entity_type AND direction = $3::sync_direction
             UNION ALL
             SELECT changed_xid, updated_at FROM sync_option_positions
             WHERE integration_id = $1 AND entity_type = $2::entity_type AND direction = $3::sync_direction
               AND create_missing = $4 AND update_existing = $5) p",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .bind::<Text, _>(direction.as_str())
    .bind::<Bool, _>(options.create_missing)
    .bind::<Bool, _>(options.update_existing)
    .get_result(connection)
    .await
}

/// Forgets the positions of all runs, whatever their options, so that the next ones begin anew.
pub async fn forget(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    direction: SyncDirection,
) -> Result<()> {
    for table in ["sync_positions", "sync_option_positions"] {
        diesel::sql_query(format!(
            "DELETE FROM {table}
             WHERE integration_id = $1 AND entity_type = $2::entity_type AND direction = $3::sync_direction"
        ))
        .bind::<BigInt, _>(integration_id)
        .bind::<Text, _>(entity.as_str())
        .bind::<Text, _>(direction.as_str())
        .execute(connection)
        .await?;
    }
    Ok(())
}

/// Moves the position of the sync's integration and entity: the one of all runs, or, where its options leave records out,
/// that of runs with the same options. It never goes back.
pub async fn advance(
    connection: &mut Connection,
    sync_id: i64,
    direction: SyncDirection,
    options: &SyncOptions,
    to: Position,
) -> Result<()> {
    if options.leave_nothing_out() {
        advance_common(connection, sync_id, direction, to).await
    } else {
        advance_own(connection, sync_id, direction, options, to).await
    }
}

async fn advance_common(
    connection: &mut Connection,
    sync_id: i64,
    direction: SyncDirection,
    to: Position,
) -> Result<()> {
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

async fn advance_own(
    connection: &mut Connection,
    sync_id: i64,
    direction: SyncDirection,
    options: &SyncOptions,
    to: Position,
) -> Result<()> {
    diesel::sql_query(
        "INSERT INTO sync_option_positions AS p
             (integration_id, entity_type, direction, create_missing, update_existing, changed_xid, updated_at, sync_id)
         SELECT integration_id, entity_type, $2::sync_direction, $5, $6, $3, $4, id FROM geniacs_data_sync WHERE id = $1
         ON CONFLICT (integration_id, entity_type, direction, create_missing, update_existing) DO UPDATE SET
             changed_xid = greatest(p.changed_xid, excluded.changed_xid),
             updated_at = greatest(p.updated_at, excluded.updated_at), sync_id = excluded.sync_id",
    )
    .bind::<BigInt, _>(sync_id)
    .bind::<Text, _>(direction.as_str())
    .bind::<Nullable<BigInt>, _>(to.changed_xid)
    .bind::<Nullable<Timestamptz>, _>(to.updated_at)
    .bind::<Bool, _>(options.create_missing)
    .bind::<Bool, _>(options.update_existing)
    .execute(connection)
    .await?;
    Ok(())
}
