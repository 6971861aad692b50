//! Records of the provider's on their way to Geniacs.

use crate::form::{Form, KeptForm};
use chrono::{DateTime, Utc};
use geniacs::PushRecord;
use serde_json::{Map, Value};
use std::time::Instant;
use storage::records::Outgoing;

/// A row, and its fields read.
pub(crate) struct Local {
    pub(crate) row: Outgoing,
    pub(crate) fields: Map<String, Value>,
}

/// A record to send.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the record")]
pub(crate) struct Prepared {
    pub(crate) record: PushRecord,
    /// The local record in Geniacs' form; none for a deletion.
    pub(crate) form: Option<Form>,
    /// What the link is to keep once Geniacs has confirmed it; none for a deletion.
    pub(crate) kept: Option<KeptForm>,
    /// What Geniacs said or confirmed last, as text.
    pub(crate) agreed: Option<String>,
    /// Where the local side held something else, as text.
    pub(crate) held: Option<String>,
    /// What it changes at Geniacs; none: all of it, or nobody knows.
    pub(crate) changed: Option<Changed>,
    /// When it was read, by the database's clock in microseconds since 1970.
    pub(crate) read_at: i64,
    /// The same by this process's clock.
    pub(crate) read: Instant,
    /// When its link had last learned something.
    pub(crate) synced_at: Option<DateTime<Utc>>,
    /// Whether a run saw a change of Geniacs' and left it out.
    pub(crate) passed_over: bool,
    /// Whether it takes a value from Geniacs.
    pub(crate) clears: bool,
    /// Whether an earlier request for it may have taken effect.
    pub(crate) unconfirmed: bool,
    /// Whether its link says so, and not only the chunk.
    pub(crate) noted: bool,
    /// Whether its link had a Geniacs id before.
    pub(crate) linked: bool,
}

/// What a push changes at Geniacs.
#[derive(Clone)]
pub(crate) struct Changed {
    /// The fields that were changed here. The others are sent along, or give back to Geniacs what it has said itself.
    pub(crate) fields: Vec<String>,
    /// What Geniacs may hold until then of fields for which it is sent something else: a list of values for each.
    pub(crate) replaced: Map<String, Value>,
}

/// A record that is not sent, whatever it says. A plan tells of it.
pub(crate) struct LeftOut {
    pub(crate) local_id: i64,
    pub(crate) geniacs_id: Option<String>,
    pub(crate) why: WhyLeftOut,
}

/// Why a record is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhyLeftOut {
    /// Both sides changed it, and nobody has decided yet.
    Conflict,
    /// The options exclude it.
    Options,
}

impl LeftOut {
    pub(crate) fn of(record: Outgoing, why: WhyLeftOut) -> Self {
        Self { local_id: record.id, geniacs_id: record.geniacs_id, why }
    }
}
