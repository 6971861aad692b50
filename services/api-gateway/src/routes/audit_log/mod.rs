//! The audit log: who changed what.

mod list;
mod view;

pub(super) use list::list;
