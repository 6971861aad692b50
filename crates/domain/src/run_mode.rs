//! The modes of a run: where its records come from ([`Source`]) and what becomes of them ([`Effect`]). Both are fixed when
//! its plan is frozen. Code that depends on them matches without a wildcard, so that the compiler names every place that a
//! further mode concerns.

use crate::sync::{Filters, RecordKey};
use serde::{Deserialize, Serialize};

/// Where the records of a run come from. A resumed run has the source of the run that it goes on with.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// All that a run of its type walks here, or that Geniacs lists.
    Everything,
    /// What filters let through of that.
    Filtered(Filters),
    /// What failed in another sync.
    Failed(FailedRecords),
    /// What the plan of this dry run would change.
    Planned(i64),
}

impl Source {
    /// What filters ask for.
    pub fn of_filters(filters: Filters) -> Self {
        if filters.is_empty() { Self::Everything } else { Self::Filtered(filters) }
    }

    /// Whether no record is left out, so that a position may move and what is not met is missing.
    pub const fn is_everything(&self) -> bool {
        match self {
            Self::Everything => true,
            Self::Filtered(_) | Self::Failed(_) | Self::Planned(_) => false,
        }
    }

    /// The filters of a walk or a listing; none where no filter says anything.
    pub const fn filters(&self) -> Option<&Filters> {
        match self {
            Self::Filtered(filters) => Some(filters),
            Self::Everything | Self::Failed(_) | Self::Planned(_) => None,
        }
    }

    /// The records that filters name one by one; empty where they name none.
    pub fn named(&self) -> &[RecordKey] {
        self.filters().map_or(&[], |filters| &filters.ids)
    }

    /// Whether its records are known one by one before the run begins, instead of being met on a walk.
    pub const fn is_list(&self) -> bool {
        match self {
            Self::Everything => false,
            Self::Filtered(filters) => !filters.ids.is_empty(),
            Self::Failed(_) | Self::Planned(_) => true,
        }
    }
}

/// What becomes of a run's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// They are written.
    Apply,
    /// What would be written is told of each record. A dry run.
    Preview,
    /// The same, of those records only that differ. A consistency check.
    Check,
}

impl Effect {
    /// Whether either side is written.
    pub const fn writes(self) -> bool {
        match self {
            Self::Apply => true,
            Self::Preview | Self::Check => false,
        }
    }
}

/// The sync that another one is made from. The `data` column names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The records that failed in it are tried again.
    RetryOf(i64),
    /// It is a dry run, whose plan is carried out.
    PlanOf(i64),
    /// It was interrupted, and is gone on with.
    ResumeOf(i64),
    /// There is none: both sides are compared.
    Check,
}

impl Origin {
    /// Its name in the `data` column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RetryOf(_) => "retry_of",
            Self::PlanOf(_) => "plan_of",
            Self::ResumeOf(_) => "resume_of",
            Self::Check => "check",
        }
    }

    /// Its value there.
    pub fn value(self) -> serde_json::Value {
        match self {
            Self::RetryOf(id) | Self::PlanOf(id) | Self::ResumeOf(id) => id.into(),
            Self::Check => true.into(),
        }
    }
}

/// The records that failed in a sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedRecords {
    /// The sync in which they failed.
    pub sync_id: i64,
    /// Which of them.
    pub only: FailureFilter,
}

/// Which failures of a sync are meant: those that meet all that is said here. Says nothing: all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FailureFilter {
    /// Only of this kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_type: Option<String>,
    /// Only about this field; empty: about none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Only of records that are named here or among `geniacs_ids`: local ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub record_ids: Vec<i64>,
    /// Geniacs ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub geniacs_ids: Vec<String>,
}

/// No record has it: ids begin at 1.
const NO_RECORD: i64 = 0;

impl FailureFilter {
    /// Whether every failure is meant.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// What both say together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        fn one(left: Option<String>, right: Option<String>) -> Result<Option<String>, ()> {
            match (left, right) {
                (Some(left), Some(right)) if left != right => Err(()),
                (left, right) => Ok(left.or(right)),
            }
        }

        let nothing = || Self { record_ids: vec![NO_RECORD], ..Self::default() };
        let (Ok(error_type), Ok(field)) = (one(self.error_type, other.error_type), one(self.field, other.field)) else {
            return nothing();
        };

        let (ours, theirs) = ((self.record_ids, self.geniacs_ids), (other.record_ids, other.geniacs_ids));
        let names = |(local, geniacs): &(Vec<i64>, Vec<String>)| !local.is_empty() || !geniacs.is_empty();
        let (record_ids, geniacs_ids) = match (names(&ours), names(&theirs)) {
            (true, true) => {
                let record_ids: Vec<i64> = ours.0.into_iter().filter(|id| theirs.0.contains(id)).collect();
                let geniacs_ids: Vec<String> = ours.1.into_iter().filter(|id| theirs.1.contains(id)).collect();
                if record_ids.is_empty() && geniacs_ids.is_empty() {
                    return nothing();
                }
                (record_ids, geniacs_ids)
            }
            (true, false) => ours,
            (false, _) => theirs,
        };
        Self { error_type, field, record_ids, geniacs_ids }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(error_type: Option<&str>, record_ids: &[i64]) -> FailureFilter {
        let (error_type, record_ids) = (error_type.map(str::to_owned), record_ids.to_vec());
        FailureFilter { error_type, record_ids, ..FailureFilter::default() }
    }

    #[test]
    fn two_filters_together_let_through_what_both_do() {
        let everything = FailureFilter::default();
        let timeouts = filter(Some("timeout"), &[]);
        assert_eq!(everything.clone().and(timeouts.clone()), timeouts);
        assert_eq!(timeouts.clone().and(filter(None, &[3])), filter(Some("timeout"), &[3]));
        assert_eq!(filter(None, &[1, 2]).and(filter(None, &[2, 3])), filter(None, &[2]));
        for (one, other) in [(timeouts, filter(Some("data_error"), &[])), (filter(None, &[1]), filter(None, &[2]))] {
            assert_eq!(one.and(other), filter(None, &[0]), "no record has the id 0");
        }
    }

    #[test]
    fn only_a_source_without_filters_leaves_nothing_out() {
        let failed = FailedRecords { sync_id: 7, only: FailureFilter::default() };
        let limited = Filters { limit: Some(5), ..Filters::default() };
        let named = Filters { ids: vec![RecordKey::Local(1)], ..Filters::default() };
        for (source, is_list) in [
            (Source::of_filters(limited), false),
            (Source::of_filters(named), true),
            (Source::Failed(failed), true),
            (Source::Planned(7), true),
        ] {
            assert!(!source.is_everything(), "{source:?}");
            assert_eq!(source.is_list(), is_list, "{source:?}");
        }
        assert!(Source::of_filters(Filters::default()).is_everything());
    }
}
