//! How far a partner's clock runs ahead of the database's.

use crate::prepared::Prepare;
use crate::{Connection, Result};
use diesel::sql_types::{BigInt, Bool, Nullable};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;

/// By how many microseconds the partner of `integration_limits l` is ahead; null where no answer has told. Services of an
/// earlier version note the number alone.
pub(crate) const KNOWN_AHEAD: &str =
    "CASE WHEN l.partner_clock_known OR l.partner_ahead_micros <> 0 THEN l.partner_ahead_micros END";

/// By how many microseconds an integration's partner is ahead, if any of its answers has told.
pub async fn partner_ahead(connection: &mut Connection, integration_id: i64) -> Result<Option<i64>> {
    #[derive(QueryableByName)]
    struct Ahead {
        #[diesel(sql_type = Nullable<BigInt>)]
        micros: Option<i64>,
    }

    let sql = format!("SELECT {KNOWN_AHEAD} AS micros FROM integration_limits l WHERE l.integration_id = $1");
    let row: Option<Ahead> =
        diesel::sql_query(sql).bind::<BigInt, _>(integration_id).prepared().get_result(connection).await.optional()?;
    Ok(row.and_then(|row| row.micros))
}

/// Notes by how much a partner is ahead, for all workers and for events. Where this is the word of a first answer alone, what
/// another worker has noted meanwhile stays, so that all go by the same number.
pub async fn note_partner_ahead(
    connection: &mut Connection,
    integration_id: i64,
    micros: i64,
    is_first: bool,
) -> Result<()> {
    let sql = format!(
        "INSERT INTO integration_limits AS l (integration_id, partner_ahead_micros, partner_clock_known) VALUES ($1, $2, true)
         ON CONFLICT (integration_id) DO UPDATE SET partner_clock_known = true,
             partner_ahead_micros = coalesce(CASE WHEN $3 THEN {KNOWN_AHEAD} END, excluded.partner_ahead_micros)"
    );

    diesel::sql_query(sql)
        .bind::<BigInt, _>(integration_id)
        .bind::<BigInt, _>(micros)
        .bind::<Bool, _>(is_first)
        .execute(connection)
        .await?;
    Ok(())
}
