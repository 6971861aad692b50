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

pub(super) use defaults::default_mappings;
pub(super) use preview::{active_mappings, compile_mappings, rule_context};

/// What a missing one is called.
const WHAT: &str = "mapping";
