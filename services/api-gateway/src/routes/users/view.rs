//! A user as administrators see one.

use crate::openapi::names;
use chrono::{DateTime, Utc};
use domain::Role;
use serde::Serialize;
use storage::people::users::User;
use utoipa::ToSchema;

/// A user, without the password's hash.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub(super) struct UserView {
    id: i64,
    #[schema(example = "siti@example.com")]
    email: String,
    #[schema(example = "Siti Rahayu")]
    name: String,
    #[schema(value_type = names::Role)]
    role: Role,
    is_active: bool,
    version: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl UserView {
    /// Its version, for the ETag.
    pub(super) fn version(&self) -> i32 {
        self.version
    }
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            email: user.email,
            name: user.name,
            role: user.role,
            is_active: user.is_active,
            version: user.version,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}
