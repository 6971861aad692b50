//! Integrations: partner accounts.

mod create;
mod defaults;
mod endpoint;
mod get;
mod list;
mod new;
mod test_connection;
mod view;

pub(super) use create::create;
pub(super) use get::get;
pub(super) use list::list;
pub(super) use test_connection::test_connection;

/// What a missing one is called.
const WHAT: &str = "integration";
