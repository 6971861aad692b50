//! The audit log: who changed what.

pub(super) mod list;
pub(super) mod verification;
mod view;
