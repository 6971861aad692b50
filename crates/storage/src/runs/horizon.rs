//! How far local changes can be read: up to the oldest transaction that is still open, anywhere on the server.

use crate::{Connection, Result};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Double};
use diesel_async::RunQueryDsl;

/// The horizon at a moment.
#[derive(Debug, Clone, Copy, PartialEq, QueryableByName)]
pub struct Horizon {
    /// The oldest transaction that is still open, or the next one. Changes from here on are not read yet.
    #[diesel(sql_type = BigInt)]
    pub xid: i64,
    /// Whether younger transactions have begun, whose changes wait for it.
    #[diesel(sql_type = Bool)]
    pub holds_back: bool,
    /// Seconds of the database's clock.
    #[diesel(sql_type = Double)]
    pub at: f64,
}

/// The horizon now. It needs no privilege, unlike the list of sessions.
pub async fn now(connection: &mut Connection) -> Result<Horizon> {
    diesel::sql_query(
        "SELECT pg_snapshot_xmin(s)::text::bigint AS xid, pg_snapshot_xmin(s) < pg_snapshot_xmax(s) AS holds_back,
             extract(epoch FROM geniacs_now())::float8 AS at
         FROM pg_current_snapshot() AS s",
    )
    .get_result(connection)
    .await
}

/// The number of the transaction that asks: every one that has committed before it began to write has a lower one.
pub async fn own_xid(connection: &mut Connection) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Own {
        #[diesel(sql_type = BigInt)]
        xid: i64,
    }
    let own: Own = diesel::sql_query("SELECT pg_current_xact_id()::text::bigint AS xid").get_result(connection).await?;
    Ok(own.xid)
}

/// The database's clock, microseconds since 1970.
pub async fn clock(connection: &mut Connection) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Clock {
        #[diesel(sql_type = BigInt)]
        micros: i64,
    }

    let clock: Clock = diesel::sql_query("SELECT (extract(epoch FROM geniacs_now()) * 1000000)::bigint AS micros")
        .get_result(connection)
        .await?;
    Ok(clock.micros)
}
