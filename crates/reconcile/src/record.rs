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
    /// Whether Geniacs has deleted it.
    pub deleted: bool,
    /// How new it is.
    pub version: Version,
}

/// The local record that it belongs to, beside its link.
#[derive(Debug, Clone)]
pub struct Here {
    /// The local id.
    pub id: i64,
    /// Whether it is deleted here.
    pub deleted: bool,
    /// The columns that the mappings and the status rules name.
    pub local: Map<String, Value>,
    /// Whether the two are linked.
    pub linked: bool,
    /// The Geniacs form that both sides last agreed on, canonical text.
    pub agreed: Option<String>,
    /// How new what Geniacs said is.
    pub versions: Versions,
    /// When Geniacs deleted it, microseconds.
    pub deleted_version: Option<i64>,
    /// When the local side last changed it, microseconds since 1970.
    pub changed_at: i64,
    /// Whether the row was last written for Geniacs' sake, and not by the local side.
    pub written_last: bool,
    /// The conflict that it is held back by.
    pub conflict: Option<Unresolved>,
}
