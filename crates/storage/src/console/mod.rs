//! What people look at and act on across all runs: the state of the system, numbers, logs, reports, dead letters, and
//! operations over many things at once.
//!
//! The api-gateway answers lists and live views of the dashboard from here, and carries operations out. The scheduler
//! keeps what queues gave up, counts ended syncs and makes the weekly reports.

pub mod attention;
pub mod dead_letters;
pub mod freshness;
pub mod live;
pub mod log_entries;
pub mod operations;
pub mod report_content;
pub mod reports;
pub mod stats;
pub mod system;
