//! PostgreSQL, the side that decides: one folder per purpose, one module per aggregate.
//!
//! Each folder's head says what it is for and which services use it. Beside the folders lies what all of them use: the
//! pool, the meaning of the database's errors, JSON as a value of a statement, lists that may grow long, the outbox, and
//! the descriptors of the provider's tables.
//!
//! Queries are functions over a connection, so that a caller puts several of them into one transaction. Single rows
//! that people edit (integrations, mappings, schedules, users) go through Diesel's query builder and `schema`; work
//! that moves in sets (chunks, records, links, events, the outbox) is SQL, one statement per step, because the step
//! is the statement. A statement of more than about ten lines lies in a `.sql` file beside its function, `stalled.mark.sql` beside
//! `stalled.rs`. Lock order, wherever several rows are locked: integration, sync, chunk, link, record, audit chain;
//! within one kind by key.
//!
//! To add an entity: its table as a migration, its descriptor in [`entities`].

pub mod console;
pub mod notifications;
pub mod partners;
pub mod people;
pub mod records;
pub mod runs;
pub mod starts;
pub mod upkeep;
pub mod webhooks;

pub mod answering;
pub mod bounded;
mod conditions;
pub mod entities;
mod json;
pub mod listing;
pub mod outbox;
pub mod pg_enum;
pub mod pool;
mod prepared;
mod schema;
pub mod sqlstate;
#[doc(hidden)]
pub mod statements;
pub mod tables;

pub use diesel::result::DatabaseErrorKind;
pub use diesel_async::{AsyncConnection, AsyncPgConnection as Connection};
pub use pool::{Pool, PoolError, PoolOptions, PooledConnection};
pub use sqlstate::{is_connection_lost, is_lock_timeout, is_serialization_conflict, is_statement_timeout};

/// What a statement may answer instead of rows.
pub type Error = diesel::result::Error;

/// What a statement answers.
pub type Result<T> = std::result::Result<T, Error>;
