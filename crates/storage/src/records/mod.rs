//! Records: the provider's own rows, what is known of each at Geniacs (its link), and what happened to it.
//!
//! The sync-worker reads and writes them, a page, batch or set of events at a time. The api-gateway shows them and
//! decides conflicts. The scheduler lets records go that waited for a reference.

pub mod conflicts;
pub mod history;
pub(crate) mod incoming;
mod inspect;
pub mod links;
pub mod missing;
mod outgoing;
pub mod references;
pub mod rekeyed;
mod search;
pub mod settlements;
mod tombstones;
pub mod unanswered;
pub mod waiting;
mod walk;

pub use incoming::{
    Candidate, Insert, Locked, Update, Written, append, insert, let_go, lock, match_incoming, remove, unique_columns,
    update,
};
pub use inspect::{Inspection, Seen, count_listed, inspect};
pub use outgoing::{Outgoing, copy_geniacs_ids, newest, read_named, read_stretch, store_geniacs_ids};
pub use search::{FoundRecord, find_first, search};
pub(crate) use tombstones::gone;
pub use tombstones::leave as leave_tombstones;
pub use walk::{Bound, Selection, count, cut, estimate, horizon, window_start};
