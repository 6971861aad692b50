//! `geniacs_sync_logs`: what operators read about a sync.

use crate::prepared::Prepare;
use crate::{Connection, Result};
use diesel::sql_types::{Array, BigInt, Integer, Jsonb, Nullable, Text};
use diesel_async::RunQueryDsl;

/// The least level that is stored, as the pool of this connection was told.
pub(crate) const LEAST_LEVEL: &str =
    "coalesce(nullif(current_setting('geniacs.log_level', true), ''), 'debug')::log_level";

/// An entry to be written.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// `debug`, `info`, `warning`, `error` or `critical`.
    pub level: &'static str,
    /// One sentence.
    pub message: String,
    /// What it is about: ids and names, never values.
    pub context: Option<serde_json::Value>,
    /// What the partner was sent, masked.
    pub request_data: Option<serde_json::Value>,
    /// What it answered, masked.
    pub response_data: Option<serde_json::Value>,
    /// How long the partner took.
    pub duration_ms: Option<i32>,
    /// What the partner answered.
    pub status_code: Option<i32>,
}

/// Writes entries of one integration, and of one sync if there is one, in one statement. Those below the level that the
/// pool was told are left out.
pub async fn add(
    connection: &mut Connection,
    integration_id: i64,
    sync_id: Option<i64>,
    entries: &[Entry],
) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }

    diesel::sql_query(format!(
        "INSERT INTO geniacs_sync_logs
             (integration_id, sync_id, log_level, message, context, duration_ms, status_code, request_data, response_data)
         SELECT $1, $2, u.level::log_level, u.message, u.context, u.duration_ms, u.status_code, u.request, u.response
         FROM unnest($3, $4, $5, $6, $7, $8, $9)
             AS u (level, message, context, duration_ms, status_code, request, response)
         WHERE u.level::log_level >= {LEAST_LEVEL}"
    ))
    .bind::<BigInt, _>(integration_id)
    .bind::<Nullable<BigInt>, _>(sync_id)
    .bind::<Array<Text>, _>(entries.iter().map(|e| e.level).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(entries.iter().map(|e| e.message.as_str()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Jsonb>>, _>(entries.iter().map(|e| e.context.clone()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Integer>>, _>(entries.iter().map(|e| e.duration_ms).collect::<Vec<_>>())
    .bind::<Array<Nullable<Integer>>, _>(entries.iter().map(|e| e.status_code).collect::<Vec<_>>())
    .bind::<Array<Nullable<Jsonb>>, _>(entries.iter().map(|e| e.request_data.clone()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Jsonb>>, _>(entries.iter().map(|e| e.response_data.clone()).collect::<Vec<_>>())
    .prepared()
    .execute(connection)
    .await?;
    Ok(())
}
