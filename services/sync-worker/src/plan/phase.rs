//! The phases of a run, one after the other.

use crate::frozen::FrozenPlan;
use domain::SyncDirection;
use serde::{Deserialize, Serialize};

/// What a run does at a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    /// Applying what Geniacs lists.
    Pull,
    /// Applying once more what needed unique values that other records held: all of it together.
    PullAgain,
    /// Deleting here what Geniacs has not listed.
    MissingHere,
    /// Sending what is here.
    #[default]
    Push,
}

impl Phase {
    /// The first phase of a run.
    pub(crate) const fn first(direction: SyncDirection) -> Self {
        match direction {
            SyncDirection::ToGeniacs => Self::Push,
            SyncDirection::FromGeniacs | SyncDirection::Bidirectional => Self::Pull,
        }
    }

    /// The phase after this one; none at the run's end. After a pull, [`PullAgain`](Self::PullAgain) comes in between where
    /// records need it.
    pub(crate) fn next(self, direction: SyncDirection, frozen: &FrozenPlan) -> Option<Self> {
        match self {
            Self::Pull | Self::PullAgain if frozen.deletes_missing() => Some(Self::MissingHere),
            Self::Pull | Self::PullAgain | Self::MissingHere if direction == SyncDirection::Bidirectional => {
                Some(Self::Push)
            }
            _ => None,
        }
    }
}

/// What a run has to leave out, so that it ends `partial`, although no record failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Caveat {
    /// A stable name.
    pub(crate) error_type: String,
    /// For a person: what was left out, why, and what to do.
    pub(crate) message: String,
}

impl Caveat {
    /// The listing does not prove anything missing.
    pub(crate) fn incomplete_listing() -> Self {
        Self {
            error_type: "listing_incomplete".to_owned(),
            message: "nothing was deleted: the listing of Geniacs held records that cannot be read, so what it does not show \
                      may still be there; have them corrected at Geniacs and trigger again"
                .to_owned(),
        }
    }

    /// More records are missing than the guard lets go.
    pub(crate) fn guarded(missing: i64, linked: i64, percent: u32) -> Self {
        Self {
            error_type: "delete_guard".to_owned(),
            message: format!(
                "nothing was deleted: {missing} of {linked} linked records are missing, more than the {percent} % of \
                 delete_guard_percent; look whether that is right, and trigger again with confirm_deletes"
            ),
        }
    }
}

/// Whether so many deletions need a person's word.
pub(crate) fn needs_confirmation(missing: i64, linked: i64, frozen: &FrozenPlan) -> Option<Caveat> {
    let percent = frozen.settings.delete_guard_percent;
    let too_many = i128::from(missing) * 100 > i128::from(linked) * i128::from(percent);
    (too_many && !frozen.options.confirm_deletes).then(|| Caveat::guarded(missing, linked, percent))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frozen::tests::frozen;
    use SyncDirection::{Bidirectional, FromGeniacs, ToGeniacs};
    use domain::run_mode::Source;
    use domain::sync::Filters;

    fn phases(direction: SyncDirection, delete_missing: bool) -> Vec<Phase> {
        let mut frozen = frozen();
        frozen.options.delete_missing = delete_missing;
        std::iter::successors(Some(Phase::first(direction)), |phase| phase.next(direction, &frozen)).collect()
    }

    #[test]
    fn each_direction_has_its_phases() {
        use Phase::{MissingHere, Pull, Push};
        assert_eq!(phases(ToGeniacs, true), [Push]);
        assert_eq!(phases(FromGeniacs, false), [Pull]);
        assert_eq!(phases(FromGeniacs, true), [Pull, MissingHere]);
        assert_eq!(phases(Bidirectional, false), [Pull, Push]);
        assert_eq!(phases(Bidirectional, true), [Pull, MissingHere, Push]);
    }

    #[test]
    fn a_run_over_some_records_proves_none_missing() {
        let mut frozen = frozen();
        frozen.options.delete_missing = true;
        frozen.source = Source::Filtered(Filters { limit: Some(5), ..Filters::default() });
        assert_eq!(Phase::Pull.next(FromGeniacs, &frozen), None);
    }

    #[test]
    fn more_than_the_guards_share_needs_a_word() {
        let mut frozen = frozen();
        assert_eq!(needs_confirmation(20, 100, &frozen), None);
        assert_eq!(needs_confirmation(0, 0, &frozen), None);
        let caveat = needs_confirmation(21, 100, &frozen).unwrap();
        assert!(caveat.message.contains("21 of 100") && caveat.message.contains("20 %"), "{}", caveat.message);
        frozen.options.confirm_deletes = true;
        assert_eq!(needs_confirmation(100, 100, &frozen), None);
    }
}
