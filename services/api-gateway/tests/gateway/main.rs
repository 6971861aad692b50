//! The gateway over HTTP, on a PostgreSQL of its own and without a broker.
#![expect(clippy::unwrap_used, reason = "this crate holds nothing but tests")]

mod access;
mod connection_test;
mod envelope;
mod integrations;
mod mappings;
mod outages;
mod reports;
mod schedules;
mod stand;
mod start;
mod status;
mod trigger;
