//! The gateway over HTTP, on a PostgreSQL of its own and without a broker.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "this crate holds nothing but tests")]

mod access;
mod cancel;
mod conflicts;
mod connection_test;
mod cors;
mod entities;
mod envelope;
mod forwarded;
mod hardening;
mod integration_edits;
mod integrations;
mod limits;
mod lists;
mod live;
mod mapping_edits;
mod mapping_preview;
mod mappings;
mod outages;
mod plans;
mod rates;
mod raw;
mod records;
mod reports;
mod resume;
mod retry;
mod schedules;
mod settings;
mod stand;
mod start;
mod statistics;
mod status;
mod trigger;
mod webhook_events;
