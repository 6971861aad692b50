//! Field mappings.

mod body;
pub(super) mod create;
mod defaults;
pub(super) mod delete;
pub(super) mod edit;
pub(super) mod fields;
pub(super) mod get;
pub(super) mod list;
mod new;
pub(super) mod preview;
pub(super) mod rules;
pub(super) mod save_set;
mod set;
mod view;

pub(super) use create::create;
pub(super) use defaults::default_mappings;
pub(super) use delete::delete;
pub(super) use edit::edit;
pub(super) use fields::fields;
pub(super) use get::get;
pub(super) use list::list;
pub(super) use preview::{active, compile, context, preview};
pub(super) use rules::rules;
pub(super) use save_set::save_set;

/// What a missing one is called.
const WHAT: &str = "mapping";
