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

pub(super) use health::StandingView;

/// What a missing one is called.
const WHAT: &str = "integration";
