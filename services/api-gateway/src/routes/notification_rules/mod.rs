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

pub(super) use create::create;
pub(super) use delete::delete;
pub(super) use edit::edit;
pub(super) use get::get;
pub(super) use list::list;
pub(super) use rotate_secret::rotate_secret;
pub(super) use test::send_test;

/// What a rule is called in errors and in the audit log.
const WHAT: &str = "notification_rule";
