//! The audit log: who changed what.

pub(super) mod list;
mod view;

pub(super) use list::list;
