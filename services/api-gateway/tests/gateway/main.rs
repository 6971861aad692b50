//! The gateway over HTTP, on a PostgreSQL of its own and without a broker.
#![expect(clippy::unwrap_used, reason = "this crate holds nothing but tests")]

mod access;
mod connection_test;
mod envelope;
mod integrations;
mod lists;
mod mappings;
mod outages;
mod reports;
mod retry;
mod schedules;
mod stand;
mod start;
mod statistics;
mod status;
mod trigger;
mod webhook_events;
