//! Syncs: accepting, starting, freezing, ending. A sync is a row; what is done for it is its chunks.

mod accept;
mod advance;
mod cancel;
pub(crate) mod errors;
mod finish;
mod list;
pub(crate) mod resume;
mod retry;
mod samples;
pub(crate) mod status;

pub use accept::{Accepted, NewSync, Refused, RunSettings, StartedBy, accept, has_most_pending, start_due, start_next};
pub use advance::{SyncHead, bare_head, begin_phase, drop_waiting_chunks, head, hold, is_busy, lock, save_walk};
pub use cancel::{Cancelled, EndedByRequest, cancel, cancel_all_of, drop_held, end_cancelled, is_cancelled};
pub use errors::{ErrorFilter, ErrorGroup, ErrorStretch, RecordError, error_groups, errors, filtered_errors};
pub use finish::{Ending, Totals, complete_total, finish, move_to_retry, totals};
pub use list::Filter;
pub(crate) use list::rows;
pub use resume::{Interrupted, interrupted, take_over};
pub use retry::{CutNamed, Named, count_failed, cut_named, failed_geniacs_ids, failures_of, retry_under_way};
pub use samples::{Shown, note_mapped, shown};
pub use status::{Documents, LISTED_IDS, SyncRow, documents, find, find_by_key};
