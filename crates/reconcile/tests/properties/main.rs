//! What holds for every record, whoever changes it and in whatever order.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's own functions may fail like the test")]

mod coarser;
mod deletes;
mod events;
mod kept;
mod pushes;
mod two_writers;
mod world;
