//! `/api/geniacs/notification-rules`

pub(super) mod create;
pub(super) mod delete;
pub(super) mod edit;
pub(super) mod get;
pub(super) mod list;
mod new;
pub(super) mod rotate_secret;
pub(super) mod test;
mod view;

/// What a rule is called in errors and in the audit log.
const WHAT: &str = "notification_rule";
