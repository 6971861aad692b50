#![doc = include_str!("../README.md")]

mod base;
mod coarser;
mod conflict;
mod decide;
mod decision;
mod delete;
mod fresh;
mod kept;
mod learn;
mod merge;
mod record;
mod rules;
mod ruling;
pub mod status;
mod update;
mod version;

pub use conflict::{Conflict, DELETED, FieldConflict, Unresolved, Winner};
pub use decide::decide;
pub use decision::{Change, Decision, Effect, Notice};
pub use fresh::too_late;
pub use kept::{Kept, Learned, Unheld};
pub use record::{Here, Incoming};
pub use rules::{Merging, NeverNull, Rules, version_key};
pub use ruling::{Choice, Ruling};
pub use version::{PUSHED, REPLACED, Version, Versions};
