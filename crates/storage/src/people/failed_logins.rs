//! Failed logins on their way into the audit log: counted by network for a minute, then one entry.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Double, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use std::net::IpAddr;

/// Stands for a network that is not known.
const UNKNOWN: &str = "::";

/// What failed from one network.
#[derive(Debug, Clone, QueryableByName)]
pub struct FailedLogins {
    #[diesel(sql_type = Text)]
    network: String,
    /// How often.
    #[diesel(sql_type = BigInt)]
    pub attempts: i64,
    /// The first time.
    #[diesel(sql_type = Timestamptz)]
    pub began_at: DateTime<Utc>,
    /// The last time.
    #[diesel(sql_type = Timestamptz)]
    pub last_at: DateTime<Utc>,
}

impl FailedLogins {
    /// From where.
    pub fn network(&self) -> Option<IpAddr> {
        self.network.parse().ok().filter(|_| self.network != UNKNOWN)
    }
}

/// Counts a failed login.
pub async fn note(connection: &mut Connection, network: Option<IpAddr>) -> Result<()> {
    diesel::sql_query(
        "INSERT INTO failed_logins (network) VALUES (coalesce($1, $2)::inet)
         ON CONFLICT (network) DO UPDATE SET attempts = failed_logins.attempts + 1, last_at = geniacs_now()",
    )
    .bind::<Nullable<Text>, _>(network.map(|network| network.to_string()))
    .bind::<Text, _>(UNKNOWN)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes what began more than `seconds` ago out of the table, the oldest first. Run it inside the transaction that writes
/// the entries.
pub async fn take_older_than(connection: &mut Connection, seconds: f64, limit: i64) -> Result<Vec<FailedLogins>> {
    diesel::sql_query(
        "DELETE FROM failed_logins WHERE network IN (
             SELECT network FROM failed_logins WHERE began_at < geniacs_now() - make_interval(secs => $1)
             ORDER BY began_at, network LIMIT $2 FOR UPDATE SKIP LOCKED)
         RETURNING host(network) AS network, attempts, began_at, last_at",
    )
    .bind::<Double, _>(seconds)
    .bind::<BigInt, _>(limit)
    .load(connection)
    .await
}
