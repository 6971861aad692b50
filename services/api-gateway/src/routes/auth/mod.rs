//! Signing in and out.

pub(super) mod login;
pub(super) mod logout;
pub(super) mod logout_everywhere;
pub(super) mod me;
pub(super) mod password;

use crate::openapi::names;
use domain::Role;
use serde::Serialize;
use utoipa::ToSchema;

/// A user as callers see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Caller)]
struct UserView {
    id: i64,
    #[schema(example = "siti@example.com")]
    email: String,
    #[schema(example = "Siti Rahayu")]
    name: String,
    #[schema(value_type = names::Role)]
    role: Role,
}
