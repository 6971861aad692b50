//! Numbers of syncs, for cards and charts.

pub(super) mod get;
mod view;

pub(super) use get::get;
