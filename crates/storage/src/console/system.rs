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
    diesel::sql_query(
        "SELECT current_setting('server_version') AS postgresql, geniacs_now() AS now,
             (SELECT max(version) FROM __diesel_schema_migrations) AS schema,
             (SELECT count(*) FROM outbox) AS outbox_rows,
             (SELECT min(available_at) FROM outbox WHERE available_at <= geniacs_now()) AS outbox_oldest,
             backlog.ready_chunks, backlog.ready_events,
             (SELECT min(available_at) FROM sync_chunks WHERE state = 'open' AND available_at <= geniacs_now()) AS oldest_chunk,
             (SELECT min(available_at) FROM geniacs_webhook_events
              WHERE state IN ('received', 'failed') AND available_at <= geniacs_now()) AS oldest_event,
             letters.dead_letters, letters.oldest_dead_letter
         FROM worker_backlog backlog,
             (SELECT count(*) AS dead_letters, min(created_at) AS oldest_dead_letter FROM dead_letters
              WHERE state IN ('set_aside', 'unreadable')) letters",
    )
    .get_result(connection)
    .await
}
