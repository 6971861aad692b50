//! Conflicts: what both sides changed, and what a person decides about it.

mod choice;
pub(super) mod get;
pub(super) mod list;
pub(super) mod resolve;
mod view;

pub(super) use get::get;
pub(super) use list::list;
pub(super) use resolve::resolve;

/// What a missing one is called.
const WHAT: &str = "conflict";
