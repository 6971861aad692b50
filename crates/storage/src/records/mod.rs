//! The provider's own records, read and written in sets through the descriptor of their entity.

mod incoming;
mod inspect;
mod outgoing;
mod search;
mod tombstones;
mod walk;

pub use incoming::{
    Candidate, Insert, Locked, Update, Written, append, insert, let_go, lock, match_incoming, remove, update,
};
pub use inspect::{Inspection, Seen, count_listed, inspect};
pub use outgoing::{Outgoing, copy_geniacs_ids, newest, read_named, read_stretch, store_geniacs_ids};
pub use search::{FoundRecord, find_first, search};
pub(crate) use tombstones::gone;
pub use tombstones::leave as leave_tombstones;
pub use walk::{Bound, Selection, count, cut, estimate, horizon, window_start};
