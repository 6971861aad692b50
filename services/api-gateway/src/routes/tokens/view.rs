//! A token as callers see it; never itself.

use crate::openapi::names;
use chrono::{DateTime, Utc};
use domain::Role;
use serde::Serialize;
use storage::people::tokens::Listed;
use utoipa::ToSchema;

/// A token without what opens anything.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
pub(super) struct TokenView {
    id: i64,
    user_id: i64,
    #[schema(example = "siti@example.com")]
    email: String,
    #[schema(example = "Nightly export")]
    name: String,
    #[schema(value_type = names::Role)]
    role: Role,
    expires_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    #[schema(value_type = names::TokenKind)]
    kind: String,
    /// Where it was used last.
    #[schema(example = "203.0.113.7")]
    address: Option<String>,
    /// What it was used by last, as that calls itself (`User-Agent`).
    #[schema(example = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")]
    browser: Option<String>,
}

impl From<Listed> for TokenView {
    fn from(token: Listed) -> Self {
        Self {
            id: token.id,
            user_id: token.user_id,
            email: token.email,
            name: token.name,
            role: token.role,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            created_at: token.created_at,
            kind: token.kind,
            address: token.last_address,
            browser: token.user_agent,
        }
    }
}
