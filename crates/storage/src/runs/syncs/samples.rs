//! What a sync shows of the records that it moved.

use crate::{Connection, Result};
use diesel::sql_types::{BigInt, Bool, Jsonb};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;

/// What a sync shows already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, QueryableByName)]
pub struct Shown {
    /// Its first mapped record.
    #[diesel(sql_type = Bool)]
    pub mapped: bool,
    /// A call that succeeded.
    #[diesel(sql_type = Bool)]
    pub success: bool,
}

/// What a sync shows already.
pub async fn shown(connection: &mut Connection, id: i64) -> Result<Shown> {
    let row = diesel::sql_query(
        "SELECT s.mapped_data IS NOT NULL AS mapped,
             EXISTS (SELECT FROM geniacs_sync_logs l WHERE l.sync_id = s.id AND l.log_level = 'info'
                     AND l.status_code BETWEEN 200 AND 299) AS success
         FROM geniacs_data_sync s WHERE s.id = $1",
    )
    .bind::<BigInt, _>(id)
    .get_result(connection)
    .await
    .optional()?;
    Ok(row.unwrap_or_default())
}

/// Keeps a masked record as the first one that the sync mapped, unless there is one.
pub async fn note_mapped(connection: &mut Connection, id: i64, record: &serde_json::Value) -> Result<()> {
    diesel::sql_query("UPDATE geniacs_data_sync SET mapped_data = $2 WHERE id = $1 AND mapped_data IS NULL")
        .bind::<BigInt, _>(id)
        .bind::<Jsonb, _>(record)
        .execute(connection)
        .await?;
    Ok(())
}
