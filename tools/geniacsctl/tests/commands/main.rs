//! The commands as a process, each test on a database of its own.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "this crate holds nothing but tests")]

mod access;
mod auditing;
mod bad_input;
mod doctor;
mod gateway;
mod keys;
mod machine;
mod migrating;
mod stand;
mod syncing;
