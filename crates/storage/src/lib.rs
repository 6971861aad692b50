//! PostgreSQL, the side that decides: the schema, and one module per aggregate.
//!
//! Queries are functions over a connection, so that a caller puts several of them into one transaction. Single rows
//! that people edit (integrations, mappings, schedules, users) go through Diesel's query builder and `schema`; work
//! that moves in sets (chunks, records, links, events, the outbox) is SQL, one statement per step, because the step
//! is the statement. Lock order, wherever several rows are locked: integration, sync, chunk, link, record, audit chain;
//! within one kind by key.
//!
//! To add an entity: its table as a migration, its descriptor in [`entities`].

pub mod accounts;
pub mod answering;
pub mod arrivals;
pub mod attention;
pub mod audit;
pub mod bounded;
pub mod chunks;
mod claim;
mod conditions;
pub mod conflicts;
pub mod dead_letters;
pub mod entities;
pub mod failed_logins;
pub mod fields_seen;
pub mod freshness;
pub mod history;
pub mod horizon;
pub mod housekeeping;
pub mod integrations;
pub mod intervals;
mod json;
pub mod limits;
pub mod links;
pub mod listing;
pub mod live;
pub mod log_entries;
pub mod logs;
pub mod mappings;
pub mod migrations;
pub mod missing;
pub mod notifications;
pub mod operations;
pub mod outbox;
pub mod partitions;
pub mod pg_enum;
pub mod plan_items;
pub mod pool;
pub mod positions;
mod prepared;
pub mod real_time;
pub mod record_errors;
pub mod records;
pub mod references;
pub mod rekeyed;
pub mod report_content;
pub mod reports;
pub mod rescue;
pub mod retention;
pub mod retention_settings;
pub mod running_services;
pub mod schedules;
mod schema;
pub mod sealed;
pub mod settlements;
pub mod sqlstate;
pub mod stalled;
pub mod stats;
pub mod syncs;
pub mod system;
pub mod ticks;
pub mod tokens;
pub mod unanswered;
pub mod users;
pub mod waiting;
pub mod webhook_events;
pub mod webhook_secrets;
pub mod webhooks;

pub use diesel::result::DatabaseErrorKind;
pub use diesel_async::{AsyncConnection, AsyncPgConnection as Connection};
pub use pool::{Pool, PoolError, PoolOptions, PooledConnection};
pub use sqlstate::{is_connection_lost, is_lock_timeout, is_serialization_conflict, is_statement_timeout};

/// What a statement may answer instead of rows.
pub type Error = diesel::result::Error;

/// What a statement answers.
pub type Result<T> = std::result::Result<T, Error>;
