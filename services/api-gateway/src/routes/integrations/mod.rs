//! Integrations: partner accounts.

mod connection;
mod create;
mod defaults;
mod delete;
mod edit;
mod endpoint;
mod get;
mod health;
mod held;
mod list;
mod new;
mod rotate_credentials;
mod rotate_webhook_secret;
mod test_connection;
mod view;

pub(super) use create::create;
pub(super) use delete::delete;
pub(super) use edit::edit;
pub(super) use get::get;
pub(super) use health::{StandingView, health};
pub(super) use list::list;
pub(super) use rotate_credentials::rotate_credentials;
pub(super) use rotate_webhook_secret::rotate_webhook_secret;
pub(super) use test_connection::test_connection;

/// What a missing one is called.
const WHAT: &str = "integration";
