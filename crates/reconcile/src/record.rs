//! The two sides of one record.

use crate::{Unresolved, Version, Versions};
use mapping::Completeness;
use serde_json::{Map, Value};

/// A record of Geniacs as it came.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// Its Geniacs id.
    pub geniacs_id: String,
    /// The local id that Geniacs keeps for it.
    pub external_id: Option<i64>,
    /// Geniacs fields.
    pub fields: Map<String, Value>,
    /// Local columns that the kind of an event sets, whether or not a mapping names them.
    pub implied: Map<String, Value>,
    /// Whether `fields` is all of it.
    pub completeness: Completeness,
    /// Whether `fields` are those alone that were changed there, by an event that tells of a change.
    pub only_changes: bool,
    /// Whether Geniacs has deleted it.
    pub deleted: bool,
    /// Whether Geniacs has just refused the local record because it does not have it: sent under this id again, it would be
    /// refused again. Where nobody knows when it went, the version is 0.
    pub not_there: bool,
    /// How new it is.
    pub version: Version,
    /// For what Geniacs holds now, and not what it told some time: when it was asked for, or somewhat earlier, by our
    /// clock, microseconds since 1970.
    pub asked_at: Option<i64>,
    /// For an event: when it arrived, by our clock, microseconds since 1970.
    pub arrived_at: Option<i64>,
}

/// The local record that it belongs to, beside its link.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about a row and its link")]
pub struct Here {
    /// The local id.
    pub id: i64,
    /// Whether it is deleted here.
    pub deleted: bool,
    /// The columns that the mappings and the status rules name.
    pub local: Map<String, Value>,
    /// Whether the two are linked.
    pub linked: bool,
    /// What the link keeps that Geniacs said of the fields; see [`Kept`](crate::Kept).
    pub agreed: Option<String>,
    /// What it keeps that the local side held instead.
    pub held: Option<String>,
    /// The fields that a push is just sending, or sent without an answer.
    pub sending: Option<String>,
    /// Whether the row has not changed since it was in step with what the link keeps, and held all of it as it was said.
    pub in_step: bool,
    /// When the link last learned something, by our clock, microseconds since 1970.
    pub synced_at: i64,
    /// How new what Geniacs said is.
    pub versions: Versions,
    /// When Geniacs deleted it, microseconds.
    pub deleted_version: Option<i64>,
    /// When the local side last changed it, microseconds since 1970.
    pub changed_at: i64,
    /// Whether the row was last written for Geniacs' sake, and not by the local side.
    pub written_last: bool,
    /// Whether a run saw a change of Geniacs' and passed it over.
    pub passed_over: bool,
    /// The conflict that it is held back by.
    pub conflict: Option<Unresolved>,
}

impl Here {
    /// Whether Geniacs had deleted the record at this version, or later. A deletion wins over all that is as new.
    pub(crate) fn deleted_by_then(&self, version: Version) -> bool {
        let deleted = self.deleted_version.map(|micros| self.versions.deletion(micros));
        deleted.is_some_and(|deleted| deleted.compare(version.moment()).is_ge())
    }
}
