//! What becomes of a tick that is due. No clock and no database in here.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use domain::schedule::{CatchUp, CronError, CronExpression, Overlap};

/// A tick this late had nobody there for it.
const LATE_SECONDS: i64 = 60;
/// Missed ticks that are caught up one by one; of more, one run stands for all.
const CEILING: usize = 100;

/// A due tick.
pub(super) struct Tick {
    pub(super) cron: CronExpression,
    pub(super) zone: Tz,
    pub(super) scheduled_for: DateTime<Utc>,
    pub(super) overlap: Overlap,
    pub(super) catch_up: CatchUp,
    /// Whether another run of the same entity is under way.
    pub(super) busy: bool,
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Start a sync.
    Run,
    /// No sync for this tick; the word is for logs and metrics.
    LeaveOut(&'static str),
    /// The schedule stays due until its turn comes.
    Wait,
}

/// What to do now, and when the schedule ticks next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) step: Step,
    pub(super) next_run_at: DateTime<Utc>,
}

/// Decides by the schedule's policies. A tick is missed when it is a minute late or when the next one is due as well.
pub(super) fn decide(tick: &Tick, now: DateTime<Utc>) -> Result<Decision, CronError> {
    let following = tick.cron.next_after(tick.scheduled_for, tick.zone)?;
    let missed = following <= now || now - tick.scheduled_for > Duration::seconds(LATE_SECONDS);
    let after_now = tick.cron.next_after(now.max(tick.scheduled_for), tick.zone)?;
    let overlapping = tick.busy && tick.overlap == Overlap::Skip;
    let (step, next_run_at) = match tick.catch_up {
        CatchUp::Skip if missed => (Step::LeaveOut("missed"), after_now),
        CatchUp::All if missed && overlapping => (Step::Wait, tick.scheduled_for),
        CatchUp::All if missed => (Step::Run, if behind(tick, now)? > CEILING { after_now } else { following }),
        _ if overlapping => (Step::LeaveOut("overlap"), after_now),
        _ => (Step::Run, after_now),
    };
    Ok(Decision { step, next_run_at })
}

/// How many ticks are due, counted up to just above the ceiling.
fn behind(tick: &Tick, now: DateTime<Utc>) -> Result<usize, CronError> {
    let mut at = tick.scheduled_for;
    for count in 0..=CEILING {
        if at > now {
            return Ok(count);
        }
        at = tick.cron.next_after(at, tick.zone)?;
    }
    Ok(CEILING + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Every quarter of an hour, due at ten.
    fn tick(catch_up: CatchUp) -> Tick {
        Tick {
            cron: CronExpression::parse("*/15 * * * *").unwrap(),
            zone: chrono_tz::Asia::Jakarta,
            scheduled_for: at("2026-01-01T10:00:00Z"),
            overlap: Overlap::Skip,
            catch_up,
            busy: false,
        }
    }

    fn decided(tick: &Tick, now: &str) -> (Step, DateTime<Utc>) {
        let decision = decide(tick, at(now)).unwrap();
        (decision.step, decision.next_run_at)
    }

    #[test]
    fn a_tick_in_time_runs_under_every_policy() {
        for catch_up in CatchUp::ALL {
            let (step, next) = decided(&tick(*catch_up), "2026-01-01T10:00:01Z");
            assert_eq!((step, next), (Step::Run, at("2026-01-01T10:15:00Z")), "{catch_up}");
        }
    }

    #[test]
    fn one_run_stands_for_all_missed_ticks() {
        let decided = decided(&tick(CatchUp::One), "2026-01-01T11:07:00Z");
        assert_eq!(decided, (Step::Run, at("2026-01-01T11:15:00Z")));
    }

    #[test]
    fn missed_ticks_are_left_out_where_the_schedule_says_so() {
        for now in ["2026-01-01T11:07:00Z", "2026-01-01T10:02:00Z"] {
            let (step, next) = decided(&tick(CatchUp::Skip), now);
            assert_eq!(step, Step::LeaveOut("missed"));
            assert!(next > at(now));
        }
    }

    #[test]
    fn each_missed_tick_runs_in_turn_up_to_a_ceiling() {
        let mut tick = tick(CatchUp::All);
        assert_eq!(decided(&tick, "2026-01-01T11:07:00Z"), (Step::Run, at("2026-01-01T10:15:00Z")));
        assert_eq!(decided(&tick, "2026-02-01T11:07:00Z"), (Step::Run, at("2026-02-01T11:15:00Z")));
        tick.busy = true;
        assert_eq!(decided(&tick, "2026-01-01T11:07:00Z").0, Step::Wait);
    }

    #[test]
    fn an_overlap_is_left_out_or_waits_in_line() {
        let mut tick = tick(CatchUp::One);
        tick.busy = true;
        assert_eq!(decided(&tick, "2026-01-01T10:00:01Z"), (Step::LeaveOut("overlap"), at("2026-01-01T10:15:00Z")));
        tick.overlap = Overlap::Queue;
        assert_eq!(decided(&tick, "2026-01-01T10:00:01Z").0, Step::Run);
    }
}
