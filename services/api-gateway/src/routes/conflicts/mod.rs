//! Conflicts: what both sides changed, and what a person decides about it.

mod choice;
mod get;
mod list;
mod resolve;
mod view;

pub(super) use get::get;
pub(super) use list::list;
pub(super) use resolve::resolve;

/// What a missing one is called.
const WHAT: &str = "conflict";
