//! Field mappings.

mod create;
mod defaults;
mod delete;
mod edit;
mod fields;
mod get;
mod list;
mod new;
mod preview;
mod view;

pub(super) use create::create;
pub(super) use defaults::default_mappings;
pub(super) use delete::delete;
pub(super) use edit::edit;
pub(super) use fields::fields;
pub(super) use get::get;
pub(super) use list::list;
pub(super) use preview::{active, context, preview};

/// What a missing one is called.
const WHAT: &str = "mapping";
