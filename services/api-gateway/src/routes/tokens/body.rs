//! Bodies and answers, as documents describe them; the handlers read and write them.
#![expect(dead_code, reason = "they are read and written field by field; these types say what they may hold")]

use crate::openapi::names;
use chrono::{DateTime, Utc};
use utoipa::ToSchema;

/// A new token.
#[derive(ToSchema)]
#[schema(as = NewToken)]
pub(super) struct TokenBody {
    #[schema(min_length = 1, max_length = 255, example = "Nightly export")]
    name: String,
    /// The caller's own unless told, and never above it.
    #[schema(value_type = Option<names::Role>)]
    role: Option<String>,
    /// Whose; for administrators alone.
    #[schema(minimum = 1)]
    user_id: Option<i64>,
    /// When the token that it is made with expires, unless told here or as a number of days.
    expires_at: Option<DateTime<Utc>>,
    #[schema(minimum = 1, maximum = 3_650, example = 90)]
    expires_in_days: Option<i32>,
}

/// A token that was just made: the only time that it is shown.
#[derive(ToSchema)]
pub(super) struct MadeToken {
    id: i64,
    user_id: i64,
    #[schema(example = "siti@example.com")]
    email: String,
    #[schema(example = "Nightly export")]
    name: String,
    #[schema(value_type = names::Role)]
    role: String,
    expires_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    #[schema(value_type = names::TokenKind)]
    kind: String,
    /// Where it was used last.
    address: Option<String>,
    /// What it was used by last, as that calls itself (`User-Agent`).
    browser: Option<String>,
    /// What to send as `Authorization: Bearer`.
    #[schema(example = "gnx_7Q2mB4sX")]
    token: String,
}
