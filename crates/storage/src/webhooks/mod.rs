//! Webhook events: verified, kept once on arrival, applied in batches, set aside where they cannot be.
//!
//! The webhook-ingest keeps them. The sync-worker applies them. The api-gateway lists them and gives them back to the
//! workers. The scheduler wakes workers for those that are overdue.

pub mod arrivals;
mod batch;
pub(crate) mod store;
pub mod webhook_events;
pub mod webhook_secrets;

pub use batch::{
    Claimed, Event, PutOff, Verdict, await_push, conclude, let_wait, lock_batch, lock_one, overdue, payloads, put_off,
    reopen_for, retry_duplicates,
};
pub use store::{Arrival, Repeat, Stored, note_repeats, store, touch_integrations};
