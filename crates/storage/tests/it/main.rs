//! The statements against a real PostgreSQL, named by `DATABASE_URL`; each test has a database of its own.
#![cfg(test)]

mod appending;
mod bounded;
mod chunks;
mod clock;
mod incoming;
mod incoming_at_scale;
mod integrity;
mod limits;
mod links;
mod migrations;
mod notifications;
mod outbox;
mod outgoing;
mod positions;
mod references;
mod rekeyed;
mod retention;
mod roles;
mod run_settings;
mod schema;
mod settlements;
mod sqlstates;
mod stand;
mod statements;
mod syncs;
mod syncs_in_line;
mod tables;
mod tombstones;
mod totals;
mod turns;
mod unanswered;
mod walk;
mod webhook_batches;
mod webhooks;
mod wrong_statistics;
