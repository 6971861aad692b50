//! How the whole system is.

pub(super) mod get;
mod view;
