//! Schedules: when syncs start by themselves.

mod create;
mod list;
mod new;
mod view;

pub(super) use create::create;
pub(super) use list::list;
