//! How far a partner's clock runs ahead of the database's.

use crate::prepared::Prepare;
use crate::{Connection, Result};
use diesel::sql_types::BigInt;
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;

/// By how many microseconds an integration's partner is ahead, as far as that is known.
pub async fn partner_ahead(connection: &mut Connection, integration_id: i64) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Ahead {
        #[diesel(sql_type = BigInt)]
        micros: i64,
    }
    let sql = "SELECT partner_ahead_micros AS micros FROM integration_limits WHERE integration_id = $1";
    let row: Option<Ahead> =
        diesel::sql_query(sql).bind::<BigInt, _>(integration_id).prepared().get_result(connection).await.optional()?;
    Ok(row.map_or(0, |row| row.micros))
}

/// Notes by how much a partner is ahead, for all workers and for events.
pub async fn note_partner_ahead(connection: &mut Connection, integration_id: i64, micros: i64) -> Result<()> {
    diesel::sql_query(
        "INSERT INTO integration_limits (integration_id, partner_ahead_micros) VALUES ($1, $2)
         ON CONFLICT (integration_id) DO UPDATE SET partner_ahead_micros = excluded.partner_ahead_micros",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<BigInt, _>(micros)
    .execute(connection)
    .await?;
    Ok(())
}
