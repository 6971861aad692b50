//! Conflicts: what both sides changed, and what a person decides about it.

mod choice;
mod fitting;
pub(super) mod get;
pub(super) mod list;
pub(super) mod resolve;
pub(super) mod resolve_many;
mod view;

pub(crate) use choice::Decision;
pub(crate) use fitting::FittingCheck;
pub(crate) use resolve_many::start_decision_sync;

/// The name of this kind of thing in a 404.
const WHAT: &str = "conflict";
