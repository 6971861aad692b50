//! What a record comes to.

use crate::{Conflict, Learned, Versions};
use domain::status::Rule;
use mapping::{FieldProblem, InvalidRecord};
use serde_json::{Map, Value};

/// What is to be done.
#[derive(Debug, Clone)]
pub enum Decision {
    /// Nothing: both sides say the same already.
    Unchanged,
    /// Nothing: the options leave it out, or it is deleted here.
    Skipped,
    /// Nothing: the options leave it out, although Geniacs changed it. A push is not to overwrite that.
    PassedOver,
    /// Nothing: everything in it is older than what is known.
    Superseded,
    /// Nothing: it is not here, and there is not enough to make it.
    UnknownRecord,
    /// Nothing yet: it refers to records that are not linked.
    Unresolved(Vec<FieldProblem>),
    /// Nothing: it is wrong, for this reason.
    Invalid(InvalidRecord),
    /// Nothing until a person has decided: the conflict to be shown; none: the one that is shown stands.
    Hold(Option<Conflict>),
    /// A new row.
    Create {
        /// Its columns.
        fields: Map<String, Value>,
        /// What its link knows.
        versions: Versions,
        /// What is known of its fields.
        learned: Learned,
    },
    /// The row changes, or its link.
    Change(Box<Change>),
    /// The row is deleted softly.
    Delete {
        /// What its link knows.
        versions: Versions,
        /// Whether it was deleted here already.
        deleted_here: bool,
        /// What both sides had changed.
        conflict: Option<Conflict>,
    },
}

/// How a row and its link change.
#[derive(Debug, Clone)]
pub struct Change {
    /// Columns and their new values.
    pub fields: Map<String, Value>,
    /// Whether the row is brought back from deletion.
    pub restore: bool,
    /// Whether the row's change position moves even if no column changes: it is to be pushed.
    pub touch: bool,
    /// Whether the row loses its link, so that it is made anew at Geniacs.
    pub forgets: bool,
    /// What the link knows.
    pub versions: Versions,
    /// What is known of its fields; none: as before.
    pub learned: Option<Learned>,
    /// What both sides had changed, settled.
    pub conflict: Option<Conflict>,
    /// What it is called.
    pub effect: Effect,
}

impl Change {
    /// Whether the row is written, and not the link alone.
    pub fn writes(&self) -> bool {
        !self.fields.is_empty() || self.restore || self.touch
    }
}

/// What a change is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Columns change.
    Updated,
    /// Nothing that anybody sees.
    Unchanged,
    /// Everything that was told is older than what is known.
    Superseded,
    /// Both sides had changed something.
    Conflict,
}

/// Something for the log.
#[derive(Debug, Clone)]
pub enum Notice {
    /// An optional field failed and was left out.
    Field {
        /// The local id, if the record is here.
        local_id: Option<i64>,
        /// What is wrong.
        problem: FieldProblem,
    },
    /// A rule, and not the newest word, decided about a status.
    Status {
        /// The local id.
        local_id: i64,
        /// The status that stands.
        stands: String,
        /// The rule.
        rule: &'static Rule,
    },
}
