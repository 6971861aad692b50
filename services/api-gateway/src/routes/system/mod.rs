//! How the whole system is.

mod get;
mod view;

pub(super) use get::get;
