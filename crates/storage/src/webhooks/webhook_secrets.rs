//! The secrets that webhooks are verified with, sealed as they lie.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;

/// The column of the secret before the current one, to which that is sealed.
pub const PREVIOUS_COLUMN: &str = "webhook_secret_previous";

/// What an integration's webhooks are verified with.
#[derive(PartialEq, Eq, QueryableByName)]
pub struct WebhookSecretRow {
    /// The integration.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whether it takes events now; those of one that does not are stored and set aside.
    #[diesel(sql_type = Bool)]
    pub is_active: bool,
    /// Sealed for [`crate::partners::integrations::WEBHOOK_SECRET_COLUMN`].
    #[diesel(sql_type = Text)]
    pub webhook_secret: String,
    /// Sealed for [`PREVIOUS_COLUMN`], while a rotation's grace time lasts.
    #[diesel(sql_type = Nullable<Text>)]
    pub webhook_secret_previous: Option<String>,
    /// The end of that time.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub webhook_secret_previous_until: Option<DateTime<Utc>>,
}

/// The secrets of every integration, the archived ones' too: their events are stored and set aside.
pub async fn all(connection: &mut Connection) -> Result<Vec<WebhookSecretRow>> {
    diesel::sql_query(
        "SELECT id, is_active, webhook_secret,
             CASE WHEN webhook_secret_previous_until > geniacs_now() THEN webhook_secret_previous END AS webhook_secret_previous,
             webhook_secret_previous_until
         FROM geniacs_integrations WHERE webhook_secret IS NOT NULL ORDER BY id",
    )
    .load(connection)
    .await
}
