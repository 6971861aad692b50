//! The weekly reports, as JSON or CSV.

mod content;
mod csv;
mod format;
pub(super) mod get;
pub(super) mod list;
mod view;

pub(super) use get::get;
pub(super) use list::list;

/// What a missing one is called.
const WHAT: &str = "report";
