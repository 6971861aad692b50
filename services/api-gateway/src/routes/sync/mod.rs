//! Syncs: asking for one, and seeing what becomes of it.

mod errors;
mod estimate;
mod filters;
mod idempotency;
mod request;
mod status;
mod trigger;
mod view;

pub(super) use errors::errors;
pub(in crate::routes) use filters::filters;
pub(in crate::routes) use request::{direction, options};
pub(super) use status::status;
pub(super) use trigger::trigger;

/// What a missing one is called.
const WHAT: &str = "sync";
