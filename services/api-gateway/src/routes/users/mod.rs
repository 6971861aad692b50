//! People who may sign in.

mod admins;
mod body;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod edit;
pub(super) mod get;
pub(super) mod list;
mod view;

/// The name of this kind of thing in a 404.
const WHAT: &str = "user";
/// What a name may have.
const MAX_NAME: usize = 255;
