//! Schedules: when syncs start by themselves.

mod body;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod edit;
pub(super) mod get;
pub(super) mod list;
mod new;
pub(super) mod preview;
pub(super) mod run;
pub(super) mod ticks;
mod view;

/// What a missing one is called.
const WHAT: &str = "schedule";
