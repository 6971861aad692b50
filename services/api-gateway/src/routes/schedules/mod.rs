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

pub(super) use create::create;
pub(super) use delete::delete;
pub(super) use edit::edit;
pub(super) use get::get;
pub(super) use list::list;
pub(super) use preview::preview;
pub(super) use run::run;
pub(super) use ticks::ticks;

/// What a missing one is called.
const WHAT: &str = "schedule";
