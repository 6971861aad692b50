//! The weekly reports, as JSON or CSV.

mod csv;
mod format;
mod get;
mod list;
mod view;

pub(super) use get::get;
pub(super) use list::list;

/// What a missing one is called.
const WHAT: &str = "report";
