//! Numbers of syncs, for cards and charts.

mod get;
mod view;

pub(super) use get::get;
