//! A worker against a real PostgreSQL, a real RabbitMQ and the simulator.
#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

mod both_ways;
mod cancel;
mod conflicts;
mod consistency_checks;
mod deletions;
mod deliveries;
mod early_events;
mod entities;
mod events;
mod harness;
mod history;
mod kept_fields;
mod limits;
mod logs;
mod news;
mod outbound;
mod plans;
mod positions;
mod pull;
mod push;
mod refusals;
mod resume;
mod retry;
mod scenarios;
mod settings;
mod time_limit;
mod unknown_outcomes;
mod webhook_orders;
mod webhook_payments;
mod webhook_references;
mod webhook_statuses;
mod webhook_timeouts;
mod webhooks;
