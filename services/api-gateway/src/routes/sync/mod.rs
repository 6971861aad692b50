//! Syncs: asking for one, and seeing what becomes of it.

mod accept;
pub(super) mod apply;
pub(in crate::routes) mod body;
pub(super) mod cancel;
mod ended;
pub(super) mod error_groups;
pub(super) mod errors;
mod estimate;
mod filters;
mod idempotency;
pub(super) mod list;
pub(super) mod preview;
mod remedy;
mod request;
pub(super) mod resume;
pub(super) mod retry;
pub(super) mod retry_many;
pub(super) mod status;
pub(super) mod trigger;
mod view;

pub(in crate::routes) use accept::RequestedSync;
pub(in crate::routes) use filters::filters;
pub(in crate::routes) use request::{direction, options};
pub(crate) use retry_many::start_retry_sync;
pub(crate) use view::{ProgressView, SummaryView, rounded_rate};
pub(in crate::routes) use view::{StatusView, TriggeredView};

/// The name of this kind of thing in a 404.
pub(super) const WHAT: &str = "sync";
