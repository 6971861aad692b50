//! Syncs: accepting, starting, freezing, ending. A sync is a row; what is done for it is its chunks.

mod accept;
mod advance;
mod finish;
mod status;

pub use accept::{Accepted, NewSync, Refused, RunSettings, accept, start_due, start_next};
pub use advance::{SyncHead, freeze, head, lock, save_walk};
pub use finish::{Ending, Totals, finish, move_to_retry, postpone, totals};
pub use status::{RecordError, SyncRow, errors, find};
