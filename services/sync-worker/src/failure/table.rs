//! From a failure to what happens next: one table for pushes, pulls and events.
//!
//! Only failures that are known to pass by themselves are repeated without being counted. Every other one, also one that
//! nobody has foreseen, is split until what it is about stands alone, counted, and ended.

use super::Failure;
use storage::sqlstate::{self, Passing};

/// What a piece of work was about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Beginning a run, moving it on, or reading what it works by.
    Plan,
    /// Reading local records for a push.
    Read,
    /// Sending records to the partner.
    Send,
    /// Storing what the partner answered to that.
    Store,
    /// Fetching a page of the partner's.
    Fetch,
    /// Applying what came from the partner in a page.
    Apply,
    /// Applying the records of several events within one transaction.
    EventRecords,
    /// Applying stored events: several, or one in a transaction of its own.
    Event,
}

impl Step {
    /// All of them.
    #[cfg(test)]
    const ALL: [Self; 8] =
        [Self::Plan, Self::Read, Self::Send, Self::Store, Self::Fetch, Self::Apply, Self::EventRecords, Self::Event];
}

/// The work that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Work {
    pub(crate) step: Step,
    /// Whether it was about several records or events, so that they can be tried apart.
    pub(crate) several: bool,
    /// Whether no further attempt is left after this one.
    pub(crate) is_last: bool,
}

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Follows {
    /// Nothing: another worker has it.
    Leave,
    /// It goes back as it is, at once.
    GiveBack,
    /// It waits, longer each time, and no attempt is counted.
    PutOff,
    /// It is tried again later, and the attempt is counted.
    Retry,
    /// Its parts are tried apart.
    Split,
    /// The record fails, with its reason, and the others go on.
    FailRecord,
    /// The event is set aside, with its reason.
    SetAside,
    /// The run ends, with its reason.
    StopRun,
}

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    LeaseLost,
    Stopping,
    /// The database is away, has no room, or had two transactions in each other's way.
    Trouble,
    /// Another transaction holds a row for longer than may be waited.
    LockWait,
    /// The tables are not what a statement needs.
    Schema,
    /// It took longer than it may.
    Slow,
    /// The database refuses it for another reason, foreseen or not, or it cannot be read back.
    Refused,
    /// The partner only has to be waited for.
    Wait,
    /// The partner has trouble, perhaps with one of the records.
    Outage,
    /// The partner refuses what was sent.
    Rejected,
    /// Nothing of the run can do better.
    Fatal,
}

/// The table.
#[expect(clippy::match_same_arms, reason = "a row for each cause, whatever follows from the others")]
pub(crate) fn follows(failure: &Failure, work: Work) -> Follows {
    use Follows::{FailRecord, GiveBack, Leave, PutOff, Retry, SetAside, Split, StopRun};

    let alone = |ends: Follows| if work.is_last { ends } else { Retry };
    match (cause(failure), work.step) {
        (Cause::LeaseLost, _) => Leave,
        (Cause::Stopping, _) => GiveBack,

        (Cause::Trouble | Cause::Wait, _) => PutOff,
        // Of several events, those that do not need the row go on.
        (Cause::LockWait, Step::Event) if work.several => Split,
        (Cause::LockWait, _) => PutOff,

        // What cannot be read or planned for the first record cannot be for any. A write may have met a trigger.
        (Cause::Schema, Step::Plan | Step::Read | Step::Send | Step::Fetch) => StopRun,
        // Each try to split would take as long: events have transactions of their own for that.
        (Cause::Slow, Step::EventRecords) => alone(SetAside),
        (Cause::Schema | Cause::Slow | Cause::Refused, step) => match step {
            Step::Plan | Step::Send | Step::Fetch => alone(StopRun),
            _ if work.several => Split,
            Step::Event => alone(SetAside),
            Step::Read | Step::Store | Step::Apply | Step::EventRecords => FailRecord,
        },

        // Before anything counts as failed for good, those that the partner takes are told from those that it does not.
        (Cause::Outage, Step::Send) if work.is_last && work.several => Split,
        (Cause::Outage, Step::Send) => alone(FailRecord),
        (Cause::Outage, Step::EventRecords | Step::Event) => alone(SetAside),
        (Cause::Outage, _) => alone(StopRun),
        (Cause::Rejected, Step::Send) if work.several => Split,
        (Cause::Rejected, Step::Send) => FailRecord,

        (Cause::Fatal | Cause::Rejected, Step::EventRecords | Step::Event) => alone(SetAside),
        (Cause::Fatal | Cause::Rejected, _) => StopRun,
    }
}

fn cause(failure: &Failure) -> Cause {
    match failure {
        Failure::LeaseLost => Cause::LeaseLost,
        Failure::Stopping => Cause::Stopping,
        Failure::Pool(_) => Cause::Trouble,
        Failure::Database(error) => match sqlstate::passing(error) {
            Some(Passing::LockWait) => Cause::LockWait,
            Some(Passing::Away | Passing::Conflict | Passing::NoRoom) => Cause::Trouble,
            None if sqlstate::is_schema_refusal(error) => Cause::Schema,
            None if sqlstate::is_statement_timeout(error) => Cause::Slow,
            None => Cause::Refused,
        },
        Failure::TooSlow(_) => Cause::Slow,
        Failure::Unreadable(_) => Cause::Refused,
        Failure::Partner(error) if error.is_put_off() => Cause::Wait,
        Failure::Partner(error) if error.is_outage() => Cause::Outage,
        Failure::Partner(error) if error.is_fatal_for_sync() => Cause::Fatal,
        Failure::Partner(_) => Cause::Rejected,
        Failure::Fatal { .. } => Cause::Fatal,
    }
}

#[cfg(test)]
mod tests {
    use super::Follows::{FailRecord, GiveBack, Leave, PutOff, Retry, SetAside, Split, StopRun};
    use super::*;
    use geniacs::PartnerError;
    use std::time::Duration;
    use storage::DatabaseErrorKind as Kind;

    fn database(kind: Kind) -> Failure {
        storage::Error::DatabaseError(kind, Box::new(String::new())).into()
    }

    /// One of each kind, and one that nobody has foreseen.
    fn failures() -> Vec<Failure> {
        let wait = Duration::from_secs(1);
        vec![
            Failure::LeaseLost,
            Failure::Stopping,
            database(Kind::ClosedConnection),
            database(Kind::SerializationFailure),
            Failure::Pool(storage::PoolError::Unavailable(String::new())),
            database(Kind::UniqueViolation),
            database(Kind::ExclusionViolation),
            database(Kind::Unknown),
            storage::Error::NotFound.into(),
            storage::Error::DeserializationError(String::new().into()).into(),
            Failure::Unreadable(String::new()),
            Failure::TooSlow(""),
            PartnerError::Throttled { retry_after: wait }.into(),
            PartnerError::HeldBack { retry_after: wait, reason: String::new() }.into(),
            PartnerError::Unavailable { status: 500, retry_after: None, reason: String::new() }.into(),
            PartnerError::Timeout.into(),
            PartnerError::Interrupted.into(),
            PartnerError::Connection { reason: String::new() }.into(),
            PartnerError::Malformed { reason: String::new() }.into(),
            PartnerError::TooLarge.into(),
            PartnerError::Rejected { status: 422, message: String::new(), details: Vec::new() }.into(),
            PartnerError::NewerVersion { message: String::new(), details: Vec::new() }.into(),
            PartnerError::Credentials { status: 401, reason: String::new() }.into(),
            PartnerError::MissingEndpoint { status: 404, path: String::new(), reason: String::new() }.into(),
            PartnerError::Redirect { target: String::new() }.into(),
            Failure::fatal("no_mapping", ""),
        ]
    }

    fn work(step: Step, several: bool, is_last: bool) -> Work {
        Work { step, several, is_last }
    }

    #[test]
    fn what_does_not_pass_by_itself_comes_to_an_end_on_its_last_attempt() {
        for failure in failures() {
            for step in Step::ALL {
                let end = follows(&failure, work(step, false, true));
                let passes = matches!(cause(&failure), Cause::Trouble | Cause::LockWait | Cause::Wait);
                let leaves = matches!(cause(&failure), Cause::LeaseLost | Cause::Stopping);
                let expected: &[Follows] = match (passes, leaves) {
                    (true, _) => &[PutOff],
                    (_, true) => &[Leave, GiveBack],
                    _ => &[FailRecord, SetAside, StopRun],
                };
                assert!(expected.contains(&end), "{failure:?} in {step:?}: {end:?}");
            }
        }
    }

    #[test]
    fn several_records_are_tried_apart_before_one_of_them_fails() {
        for failure in failures() {
            for step in [Step::Store, Step::Apply, Step::Read, Step::Event] {
                for is_last in [false, true] {
                    let next = follows(&failure, work(step, true, is_last));
                    assert!(next != FailRecord, "{failure:?} in {step:?}");
                    if cause(&failure) == Cause::Refused {
                        assert_eq!(next, Split, "{failure:?} in {step:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_partner_in_trouble_is_tried_again_then_split_and_only_then_does_a_record_fail() {
        let outage: Failure = PartnerError::Timeout.into();
        assert_eq!(follows(&outage, work(Step::Send, true, false)), Retry);
        assert_eq!(follows(&outage, work(Step::Send, true, true)), Split);
        assert_eq!(follows(&outage, work(Step::Send, false, true)), FailRecord);
        assert_eq!(follows(&outage, work(Step::Fetch, false, true)), StopRun);
    }

    #[test]
    fn an_event_that_the_database_refuses_has_its_attempts_and_is_set_aside() {
        let refused = database(Kind::CheckViolation);
        assert_eq!(follows(&refused, work(Step::Event, true, false)), Split);
        assert_eq!(follows(&refused, work(Step::Event, false, false)), Retry);
        assert_eq!(follows(&refused, work(Step::Event, false, true)), SetAside);
    }

    #[test]
    fn a_run_that_cannot_be_read_or_planned_ends_and_never_loops() {
        let unreadable: Failure = storage::Error::DeserializationError(String::new().into()).into();
        assert_eq!(follows(&unreadable, work(Step::Plan, false, false)), Retry);
        assert_eq!(follows(&unreadable, work(Step::Plan, false, true)), StopRun);
    }
}
