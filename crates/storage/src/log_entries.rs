//! Reading `geniacs_sync_logs`.

use crate::listing::{Rows, Window};
use crate::{Connection, Error, Result};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, Jsonb, Nullable, Text, Timestamptz};
use diesel_async::SimpleAsyncConnection;

/// An entry as it was written.
#[derive(Debug, Clone, QueryableByName)]
pub struct LogEntry {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whose it is.
    #[diesel(sql_type = BigInt)]
    pub integration_id: i64,
    /// The sync that it is about.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub sync_id: Option<i64>,
    /// `debug`, `info`, `warning`, `error` or `critical`.
    #[diesel(sql_type = Text)]
    pub log_level: String,
    /// One sentence.
    #[diesel(sql_type = Text)]
    pub message: String,
    /// What it is about.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub context: Option<serde_json::Value>,
    /// What was sent to the partner, masked.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub request_data: Option<serde_json::Value>,
    /// What the partner answered, masked.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub response_data: Option<serde_json::Value>,
    /// How long the partner took.
    #[diesel(sql_type = Nullable<Integer>)]
    pub duration_ms: Option<i32>,
    /// The partner's HTTP status.
    #[diesel(sql_type = Nullable<Integer>)]
    pub status_code: Option<i32>,
    /// When.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

/// Which entries a list holds.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Whose, when, and from where on.
    pub window: Window,
    /// Only about this sync.
    pub sync_id: Option<i64>,
    /// Only of this level; one of [`LEVELS`].
    pub log_level: Option<&'static str>,
    /// Only with this text in the message, in any case.
    pub text: Option<String>,
}

/// The levels of entries.
pub const LEVELS: [&str; 5] = ["debug", "info", "warning", "error", "critical"];

/// Entries, newest first.
pub async fn list(connection: &mut Connection, filter: &Filter) -> Result<Vec<LogEntry>> {
    let mut rows = Rows::of("geniacs_sync_logs", &filter.window);
    rows.only_of_sync(filter.sync_id);
    rows.only_named("log_level", filter.log_level);
    let pattern = filter.text.as_deref().map(containing);
    rows.only_text("t.message ILIKE {}", pattern.as_deref());
    let columns = "t.id, t.integration_id, t.sync_id, t.log_level::text AS log_level, t.message, t.context,
        t.request_data, t.response_data, t.duration_ms, t.status_code, t.created_at";
    rows.load(connection, columns, "").await
}

/// Lets the statements of this transaction run for `seconds` at most: no index helps a search for text.
pub async fn bound_search(connection: &mut Connection, seconds: u32) -> Result<()> {
    connection.batch_execute(&format!("SET LOCAL statement_timeout = '{seconds}s'")).await
}

/// Whether a statement was ended because it took too long.
pub fn took_too_long(error: &Error) -> bool {
    matches!(error, Error::DatabaseError(_, info) if info.message().contains("statement timeout"))
}

/// The pattern of a text that holds `text`, which is taken by the letter.
fn containing(text: &str) -> String {
    format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn signs_of_patterns_are_taken_by_the_letter() {
        assert_eq!(super::containing("50%_\\"), "%50\\%\\_\\\\%");
    }
}
