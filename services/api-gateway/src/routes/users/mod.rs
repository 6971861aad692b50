//! People who may sign in.

mod admins;
mod body;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod edit;
pub(super) mod get;
pub(super) mod list;
mod view;

pub(super) use create::create;
pub(super) use delete::delete;
pub(super) use edit::edit;
pub(super) use get::get;
pub(super) use list::list;

/// What a missing one is called.
const WHAT: &str = "user";
/// What a name may have.
const MAX_NAME: usize = 255;
