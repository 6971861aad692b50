//! The weekly reports, as JSON or CSV.

mod content;
pub(super) mod create;
mod csv;
mod file;
pub(super) mod get;
pub(super) mod list;
mod view;

/// The name of this kind of thing in a 404.
const WHAT: &str = "report";
