//! The system from outside: a provider's database, the gateway, the ingest, and Geniacs.

#![expect(clippy::expect_used, reason = "what a test cannot find has failed it")]

mod certificates;
mod conflicts;
mod documents;
mod dying;
mod entities;
mod faults;
mod faults_table;
mod keys;
mod live;
mod operating;
mod outbound;
mod plans;
mod planted;
mod real_time;
mod syncs;
mod tracing;
mod webhooks;
