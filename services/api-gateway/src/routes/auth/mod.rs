//! Signing in and out.

mod login;
mod logout;
mod me;

use domain::Role;
use serde::Serialize;

pub(super) use login::login;
pub(super) use logout::logout;
pub(super) use me::me;

/// A user as callers see it.
#[derive(Debug, Serialize)]
struct UserView {
    id: i64,
    email: String,
    name: String,
    role: Role,
}
