//! The weekly reports, as JSON or CSV.

mod content;
pub(super) mod create;
mod csv;
mod file;
pub(super) mod get;
pub(super) mod list;
mod view;

pub(super) use create::create;
pub(super) use get::get;
pub(super) use list::list;

/// What a missing one is called.
const WHAT: &str = "report";
