//! Schedules: when syncs start by themselves.

mod create;
mod delete;
mod edit;
mod get;
mod list;
mod new;
mod preview;
mod run;
mod ticks;
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
