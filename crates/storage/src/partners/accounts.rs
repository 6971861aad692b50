//! What a worker needs of an integration to call its partner.

use crate::{Connection, Result};
use diesel::OptionalExtension;
use diesel::sql_types::{BigInt, Bool, Integer, Jsonb, Nullable, Text};
use diesel_async::RunQueryDsl;

/// An integration's partner account, its credentials still sealed.
#[derive(Debug, Clone, diesel::QueryableByName)]
pub struct AccountRow {
    /// The integration.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Where the partner is.
    #[diesel(sql_type = Text)]
    pub endpoint_url: String,
    /// Sealed for this row and column.
    #[diesel(sql_type = Text)]
    pub api_key_encrypted: String,
    /// Sealed for this row and column.
    #[diesel(sql_type = Text)]
    pub api_secret_encrypted: String,
    /// Signs webhooks; sealed for this row and column. The partner knows it, too.
    #[diesel(sql_type = Nullable<Text>)]
    pub webhook_secret: Option<String>,
    /// Seconds that one request may take.
    #[diesel(sql_type = Integer)]
    pub timeout_seconds: i32,
    /// A [`domain::integration::Configuration`].
    #[diesel(sql_type = Jsonb)]
    pub configuration: serde_json::Value,
    /// Whether syncs may run.
    #[diesel(sql_type = Bool)]
    pub sync_enabled: bool,
    /// Changes with every edit.
    #[diesel(sql_type = Integer)]
    pub version: i32,
    /// Whether there are rate limits.
    #[diesel(sql_type = Bool)]
    pub limited: bool,
}

/// The account of an integration that is not archived.
pub async fn find(connection: &mut Connection, integration_id: i64) -> Result<Option<AccountRow>> {
    diesel::sql_query(
        "SELECT id, endpoint_url, api_key_encrypted, api_secret_encrypted, webhook_secret, timeout_seconds, configuration,
             is_active AND sync_enabled AS sync_enabled, version,
             coalesce(rate_limits ->> 'requests_per_minute', rate_limits ->> 'requests_per_hour',
                      rate_limits ->> 'requests_per_day') IS NOT NULL AS limited
         FROM geniacs_integrations WHERE id = $1 AND archived_at IS NULL",
    )
    .bind::<BigInt, _>(integration_id)
    .get_result(connection)
    .await
    .optional()
}
