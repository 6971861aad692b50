//! Syncs: accepting, starting, freezing, ending. A sync is a row; what is done for it is its chunks.

mod accept;
mod advance;
mod finish;
mod list;
mod retry;
mod samples;
mod status;

pub use accept::{Accepted, NewSync, Origin, Refused, RunSettings, accept, start_due, start_next};
pub use advance::{SyncHead, begin_phase, drop_waiting_chunks, head, lock, save_walk};
pub use finish::{Ending, Totals, finish, move_to_retry, totals};
pub use list::{Filter, list};
pub use retry::{CutNamed, Named, count_failed, cut_named, failed_geniacs_ids, failures_of, retry_under_way};
pub use samples::{Shown, note_mapped, shown};
pub use status::{RecordError, SyncRow, errors, find, find_by_key};
