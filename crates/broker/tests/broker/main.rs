//! The broker against a real RabbitMQ, whose address is in `AMQP_URL`.

#![expect(clippy::expect_used, reason = "what stands on a test's own set-up may panic")]

mod batches;
mod consuming;
mod outages;
mod poison;
mod publishing;
mod stand;
mod topology;
mod tracing_context;
