//! Upkeep of the database: migrations, partitions, retention, the keys that values are sealed with, and signs of life.
//!
//! The scheduler does most of it by the clock, and geniacsctl on request. Every service says here that it runs, and checks
//! at its start that the schema and the keys fit.

pub mod housekeeping;
pub mod migrations;
pub mod partitions;
pub mod retention;
pub mod retention_settings;
pub mod running_services;
pub mod sealed;
