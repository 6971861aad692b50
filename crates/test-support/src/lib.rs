//! A database and a queue prefix per test, services on port 0, a TCP proxy with faults.
#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

pub mod database;
pub mod program;
pub mod proxy;
mod template;
pub mod wait;

pub use database::TestDatabase;
pub use wait::eventually;
