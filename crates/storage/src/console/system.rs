//! How the whole system is, as far as the database knows.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;

/// Versions, and what waits.
#[derive(Debug, Clone, QueryableByName)]
pub struct SystemRow {
    /// PostgreSQL's version.
    #[diesel(sql_type = Text)]
    pub postgresql: String,
    /// The newest migration of the database.
    #[diesel(sql_type = Text)]
    pub schema: String,
    /// The database's clock.
    #[diesel(sql_type = Timestamptz)]
    pub now: DateTime<Utc>,
    /// Messages that are to be sent, those for later included.
    #[diesel(sql_type = BigInt)]
    pub outbox_rows: i64,
    /// Since when the message that has been due longest waits to be sent.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub outbox_oldest: Option<DateTime<Utc>>,
    /// Chunks that a worker could take up now.
    #[diesel(sql_type = BigInt)]
    pub ready_chunks: i64,
    /// Since when the chunk waits that has been ready longest.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub oldest_chunk: Option<DateTime<Utc>>,
    /// Webhook events that a worker could take up now.
    #[diesel(sql_type = BigInt)]
    pub ready_events: i64,
    /// Since when the event waits that has been ready longest.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub oldest_event: Option<DateTime<Utc>>,
    /// Dead letters that a person has not decided on.
    #[diesel(sql_type = BigInt)]
    pub dead_letters: i64,
    /// When the oldest of them was drained.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub oldest_dead_letter: Option<DateTime<Utc>>,
}

/// How the system is now. What waits is read from indexes that hold only that.
pub async fn read(connection: &mut Connection) -> Result<SystemRow> {
    diesel::sql_query(include_str!("system.read.sql")).get_result(connection).await
}
