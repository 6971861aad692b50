//! Stored webhook events: kept once on arrival, applied in batches, set aside where they cannot be.

mod batch;
mod store;

pub use batch::{
    Claimed, Event, PutOff, Verdict, await_push, conclude, let_wait, lock_batch, lock_one, overdue, payloads, put_off,
    reopen_for, retry_duplicates,
};
pub use store::{Arrival, Repeat, Stored, note_repeats, store, touch_integrations};
