//! Stored webhook events, and giving them back to the workers.

pub(super) mod get;
pub(super) mod list;
pub(super) mod replay;
pub(super) mod replay_many;
mod view;

pub(in crate::routes) use view::EventView;

/// The name of this kind of thing in a 404.
const WHAT: &str = "webhook event";
/// The column's width.
const MAX_TYPE: usize = 100;
