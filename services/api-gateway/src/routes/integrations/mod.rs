//! Integrations: partner accounts.

mod body;
mod connection;
pub(super) mod create;
mod defaults;
pub(super) mod delete;
pub(super) mod edit;
pub(super) mod endpoint;
pub(super) mod get;
pub(super) mod health;
mod held;
pub(super) mod list;
mod new;
mod rate_windows;
pub(super) mod restore;
pub(super) mod rotate_credentials;
pub(super) mod rotate_webhook_secret;
pub(super) mod send_test_event;
pub(super) mod test_connection;
mod tested;
mod view;

pub(super) use create::create;
pub(super) use delete::delete;
pub(super) use edit::edit;
pub(super) use get::get;
pub(super) use health::{StandingView, health};
pub(super) use list::list;
pub(super) use restore::restore;
pub(super) use rotate_credentials::rotate_credentials;
pub(super) use rotate_webhook_secret::rotate_webhook_secret;
pub(super) use send_test_event::send_test_event;
pub(super) use test_connection::test_connection;

/// What a missing one is called.
const WHAT: &str = "integration";
