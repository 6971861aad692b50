//! The commands as a process, each test on a database of its own.
#![expect(clippy::unwrap_used, reason = "this crate holds nothing but tests")]

mod bad_input;
mod check;
mod loading;
mod stand;
