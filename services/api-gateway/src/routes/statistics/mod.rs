//! Numbers of syncs, for cards and charts.

pub(super) mod get;
mod view;
