//! Takes webhooks: verifies them, makes them durable, answers. The worker applies the events.
//!
//! - [`http`]: the two paths, bodies within their limits, what a caller reads.
//! - [`secrets`]: which integration signed a body, from secrets kept in memory.
//! - [`intake`]: events gathered and stored together; handed to the broker while the database is away.
//!
//! A 2xx means that the event is committed in the database, or that the broker confirmed it with its body.

mod http;
mod intake;
mod metrics;
mod secrets;
mod start;

pub use start::{Ingest, run, start};
