//! What the queues gave up: a letter for each message that was drained.

pub(super) mod list;
pub(super) mod requeue;
mod view;

pub(super) use list::list;
pub(super) use requeue::requeue;

/// What a missing one is called.
const WHAT: &str = "dead letter";
