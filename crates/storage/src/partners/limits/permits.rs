//! Permits of the rate windows. The windows themselves are in the database: `take_permits`.

use crate::{Connection, Result};
use diesel::sql_types::{Array, BigInt, Double, Integer};
use diesel_async::RunQueryDsl;

/// Leave to send requests for a short time.
#[derive(Debug, Clone, diesel::QueryableByName)]
pub struct Permits {
    /// How many.
    #[diesel(sql_type = Integer)]
    pub granted: i32,
    /// If none: seconds until one can be there.
    #[diesel(sql_type = Double)]
    pub wait_seconds: f64,
    /// Where they count, for giving them back.
    #[diesel(sql_type = Array<BigInt>)]
    pub counted: Vec<i64>,
}

/// Takes up to `wanted` permits for requests that reach the partner within `valid_seconds` (at most 5) from now on.
/// Whatever is not used then, and not given back, counts as used.
pub async fn take(
    connection: &mut Connection,
    integration_id: i64,
    wanted: i32,
    valid_seconds: f64,
) -> Result<Permits> {
    diesel::sql_query("SELECT granted, wait_seconds, counted FROM take_permits($1, $2, $3)")
        .bind::<BigInt, _>(integration_id)
        .bind::<Integer, _>(wanted)
        .bind::<Double, _>(valid_seconds)
        .get_result(connection)
        .await
}

/// Gives back permits that were not used and will not be.
pub async fn give_back(connection: &mut Connection, integration_id: i64, unused: i32, counted: &[i64]) -> Result<()> {
    diesel::sql_query("SELECT give_back_permits($1, $2, $3)")
        .bind::<BigInt, _>(integration_id)
        .bind::<Integer, _>(unused)
        .bind::<Array<BigInt>, _>(counted)
        .execute(connection)
        .await?;
    Ok(())
}
