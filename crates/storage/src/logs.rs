//! `geniacs_sync_logs`: what operators read about a sync.

use crate::{Connection, Result};
use diesel::sql_types::{Array, BigInt, Integer, Jsonb, Nullable, Text};
use diesel_async::RunQueryDsl;

/// An entry to be written.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// `debug`, `info`, `warning`, `error` or `critical`.
    pub level: &'static str,
    /// One sentence.
    pub message: String,
    /// What it is about: ids and names, never values.
    pub context: Option<serde_json::Value>,
    /// How long the partner took.
    pub duration_ms: Option<i32>,
    /// What the partner answered.
    pub status_code: Option<i32>,
}

/// Writes entries of one integration, and of one sync if there is one.
pub async fn add(
    connection: &mut Connection,
    integration_id: i64,
    sync_id: Option<i64>,
    entries: &[Entry],
) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    diesel::sql_query(
        "INSERT INTO geniacs_sync_logs (integration_id, sync_id, log_level, message, context, duration_ms, status_code)
         SELECT $1, $2, u.level::log_level, u.message, u.context, u.duration_ms, u.status_code
         FROM unnest($3, $4, $5, $6, $7) AS u (level, message, context, duration_ms, status_code)",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Nullable<BigInt>, _>(sync_id)
    .bind::<Array<Text>, _>(entries.iter().map(|e| e.level).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(entries.iter().map(|e| e.message.as_str()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Jsonb>>, _>(entries.iter().map(|e| e.context.clone()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Integer>>, _>(entries.iter().map(|e| e.duration_ms).collect::<Vec<_>>())
    .bind::<Array<Nullable<Integer>>, _>(entries.iter().map(|e| e.status_code).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}
