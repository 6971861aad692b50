//! What the queues gave up: a letter for each message that was drained.

pub(super) mod list;
pub(super) mod requeue;
pub(super) mod requeue_many;
mod view;

pub(crate) use requeue_many::requeue_letter;

/// The name of this kind of thing in a 404.
const WHAT: &str = "dead letter";
