//! What became of a record that came from Geniacs.

use crate::failure::Failure;
use crate::references::UNRESOLVED;
use domain::Counts;
use reconcile::Incoming;
use serde_json::{Map, Value};
use storage::entities::Descriptor;
use storage::records::waiting::Wait;

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Created,
    Updated,
    Unchanged,
    Deleted,
    /// Left out by the options, or because it is deleted here.
    Skipped,
    /// Everything in it is older than what is known.
    Superseded,
    /// Both sides had changed it.
    Conflict {
        local_id: i64,
    },
    /// There is no such record here, and not enough to make it.
    UnknownRecord,
    /// It refers to a record that is not linked yet.
    Unresolved {
        local_id: Option<i64>,
        waits: Vec<Wait>,
        field: Option<String>,
        message: String,
    },
    Failed {
        local_id: Option<i64>,
        error_type: &'static str,
        field: Option<String>,
        message: String,
    },
}

impl Outcome {
    /// A record that the database refuses, alone.
    pub(super) fn refused(local_id: Option<i64>, failure: &Failure) -> Self {
        let (error_type, field) = (failure.error_type(), failure.field());
        Self::Failed { local_id, error_type, field, message: failure.refusal() }
    }

    /// Why a record failed: the type of the failure, the field and the message; none where it did not.
    pub(crate) fn failure(&self) -> Option<(&'static str, Option<&str>, &str)> {
        match self {
            Self::Failed { error_type, field, message, .. } => Some((error_type, field.as_deref(), message)),
            Self::Unresolved { field, message, .. } => Some((UNRESOLVED, field.as_deref(), message)),
            _ => None,
        }
    }

    /// The count that a record with this outcome belongs to.
    pub(crate) fn counted(&self, counts: &mut Counts) {
        counts.read += 1;
        *match self {
            Self::Created => &mut counts.created,
            Self::Updated => &mut counts.updated,
            Self::Unchanged | Self::Superseded => &mut counts.unchanged,
            Self::Deleted => &mut counts.deleted,
            Self::Skipped | Self::UnknownRecord => &mut counts.skipped,
            Self::Conflict { .. } => &mut counts.conflicts,
            Self::Failed { .. } | Self::Unresolved { .. } => &mut counts.failed,
        } += 1;
    }
}

/// A record that came from Geniacs, and what was done with it.
#[derive(Debug, Clone)]
pub(crate) struct AppliedRecord {
    pub(crate) record: Incoming,
    pub(crate) applied: Applied,
}

/// What was done with a record, or would be in a dry run.
#[derive(Debug, Clone)]
pub(crate) struct Applied {
    pub(crate) outcome: Outcome,
    /// Its row here, if it has one.
    pub(crate) local_id: Option<i64>,
    /// Whether the record had no link before, and may have one now.
    pub(crate) newly_linked: bool,
    /// What changed in a row that was here already; empty for a new one.
    pub(crate) changes: Vec<Change>,
    /// Geniacs fields of which something newer is known than the record says, where the row says something else.
    pub(crate) too_late: Map<String, Value>,
}

impl Applied {
    pub(super) fn nothing(outcome: Outcome) -> Self {
        Self { outcome, local_id: None, newly_linked: false, changes: Vec::new(), too_late: Map::new() }
    }
}

impl Applied {
    /// Whether the record gave up a value that no two may have, so that another one may get it now.
    pub(crate) fn frees_a_value(&self, descriptor: &Descriptor) -> bool {
        let is_key = |change: &Change| Some(change.field.as_str()) == descriptor.natural_key;
        self.outcome == Outcome::Deleted || self.changes.iter().any(|change| is_key(change) && !is_empty(&change.old))
    }

    /// Whether the record lost a value.
    pub(crate) fn clears(&self) -> bool {
        self.changes.iter().any(|change| !is_empty(&change.old) && is_empty(&change.new))
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// A local column that changed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    /// The column.
    pub(crate) field: String,
    /// Its Geniacs field; the column's own name where no mapping has it.
    pub(crate) geniacs_field: String,
    /// What the column held.
    pub(crate) old: Value,
    /// What it holds now.
    pub(crate) new: Value,
}
