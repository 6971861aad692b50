//! Decides about a tick that is due, without a clock and without a database.

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use chrono_tz::Tz;
use domain::schedule::{CatchUp, CronError, CronExpression, Overlap, TickOutcome};
use storage::starts::ticks::NewTick;

use super::due::{DueTicks, LISTED};

/// A tick this late was missed: no scheduler ran at its time.
const LATE_SECONDS: i64 = 60;

const OVERLAP: &str = "a run of the same entity was still under way";
const LEFT_OUT: &str = "no scheduler ran at its time, and the schedule leaves missed ticks out";

/// A due tick.
pub(super) struct Tick {
    pub(super) cron: CronExpression,
    pub(super) zone: Tz,
    /// Its nominal time.
    pub(super) scheduled_for: DateTime<Utc>,
    /// Its time with its jitter.
    pub(super) due_at: DateTime<Utc>,
    pub(super) overlap: Overlap,
    pub(super) catch_up: CatchUp,
    /// Whether another run of the same entity is under way.
    pub(super) busy: bool,
    /// Why nothing may be started now.
    pub(super) blocked: Option<&'static str>,
}

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TickStep {
    /// Start a sync for this tick.
    Run(DateTime<Utc>),
    /// Start none; the word is for metrics.
    LeaveOut(&'static str),
    /// The schedule stays due until its turn comes.
    Wait,
}

/// What to do now, when the schedule ticks next, and what is to be written down of the ticks that do not run.
#[derive(Debug)]
pub(super) struct TickDecision {
    pub(super) step: TickStep,
    pub(super) next_run_at: DateTime<Utc>,
    pub(super) left_out: Vec<NewTick>,
}

/// Decides by the schedule's policies. A tick is missed when it is a minute late, or when a later one is due as well.
pub(super) fn decide_tick(tick: &Tick, now: DateTime<Utc>) -> Result<TickDecision, CronError> {
    let due = DueTicks::collect(&tick.cron, tick.zone, tick.scheduled_for, now)?;

    let newest = due.newest().unwrap_or(tick.scheduled_for);
    let next_run_at = tick.cron.next_after(now.max(newest), tick.zone)?;
    let in_time = now - newest - (tick.due_at - tick.scheduled_for) <= Duration::seconds(LATE_SECONDS);
    let is_behind = due.total > 1 || !in_time;

    // Ticks of an integration that is off, or of a service without automatic syncs, are written down and not made
    // up for.
    if let Some(reason) = tick.blocked {
        let left_out = list_ticks(&due, None, TickOutcome::Skipped, reason);
        return Ok(TickDecision { step: TickStep::LeaveOut("blocked"), next_run_at, left_out });
    }
    // More missed ticks than can be listed are never made up for one by one.
    if tick.catch_up == CatchUp::All && is_behind && due.total <= LISTED {
        return one_by_one(tick);
    }
    if tick.catch_up == CatchUp::Skip && !in_time {
        let left_out = list_ticks(&due, None, TickOutcome::Missed, LEFT_OUT);
        return Ok(TickDecision { step: TickStep::LeaveOut("missed"), next_run_at, left_out });
    }

    let mut left_out = list_ticks(&due, Some(newest), TickOutcome::Missed, &stands_for(tick.catch_up, newest));
    let step = if tick.busy && tick.overlap == Overlap::Skip {
        left_out.push(skipped_tick(newest, OVERLAP));
        TickStep::LeaveOut("overlap")
    } else {
        TickStep::Run(newest)
    };

    Ok(TickDecision { step, next_run_at, left_out })
}

/// Catches up with the oldest tick; its schedule stays due for the next one.
fn one_by_one(tick: &Tick) -> Result<TickDecision, CronError> {
    let following = tick.cron.next_after(tick.scheduled_for, tick.zone)?;
    let (step, next_run_at) = if tick.busy && tick.overlap == Overlap::Skip {
        (TickStep::Wait, tick.scheduled_for)
    } else {
        (TickStep::Run(tick.scheduled_for), following)
    };
    Ok(TickDecision { step, next_run_at, left_out: Vec::new() })
}

/// A tick that was left out on purpose.
pub(super) fn skipped_tick(scheduled_for: DateTime<Utc>, reason: &str) -> NewTick {
    NewTick { scheduled_for, outcome: TickOutcome::Skipped, sync_id: None, reason: Some(reason.to_owned()) }
}

fn stands_for(catch_up: CatchUp, newest: DateTime<Utc>) -> String {
    let newest = newest.to_rfc3339_opts(SecondsFormat::Secs, true);
    match catch_up {
        CatchUp::Skip => LEFT_OUT.to_owned(),
        CatchUp::One => format!("no scheduler ran at its time; the tick of {newest} stands for it"),
        CatchUp::All => format!("more than {LISTED} ticks were due; the one of {newest} stands for all"),
    }
}

/// The due ticks but for `runs`, as far as they are listed.
fn list_ticks(due: &DueTicks, runs: Option<DateTime<Utc>>, outcome: TickOutcome, reason: &str) -> Vec<NewTick> {
    let unlisted = due.total - due.last.len();
    let left_out = due.last.iter().copied().filter(|at| Some(*at) != runs);
    let tick = |(number, scheduled_for)| {
        let reason = match unlisted {
            1.. if number == 0 => format!("{reason}; at least {unlisted} more before it are not listed"),
            _ => reason.to_owned(),
        };
        NewTick { scheduled_for, outcome, sync_id: None, reason: Some(reason) }
    };
    left_out.enumerate().map(tick).collect()
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
            due_at: at("2026-01-01T10:00:00Z"),
            overlap: Overlap::Skip,
            catch_up,
            busy: false,
            blocked: None,
        }
    }

    fn decided(tick: &Tick, now: &str) -> (TickStep, DateTime<Utc>) {
        let decision = decide_tick(tick, at(now)).unwrap();
        (decision.step, decision.next_run_at)
    }

    fn left_out(tick: &Tick, now: &str) -> Vec<(TickOutcome, DateTime<Utc>)> {
        let ticks = decide_tick(tick, at(now)).unwrap().left_out;
        ticks.iter().map(|tick| (tick.outcome, tick.scheduled_for)).collect()
    }

    #[test]
    fn a_tick_in_time_runs_under_every_policy() {
        for catch_up in CatchUp::ALL {
            let decided = decided(&tick(*catch_up), "2026-01-01T10:00:01Z");
            assert_eq!(decided, (TickStep::Run(at("2026-01-01T10:00:00Z")), at("2026-01-01T10:15:00Z")), "{catch_up}");
            assert_eq!(left_out(&tick(*catch_up), "2026-01-01T10:00:01Z"), []);
        }
    }

    #[test]
    fn the_newest_tick_stands_for_all_that_were_missed() {
        let tick = tick(CatchUp::One);
        let decided = decided(&tick, "2026-01-01T10:37:00Z");
        assert_eq!(decided, (TickStep::Run(at("2026-01-01T10:30:00Z")), at("2026-01-01T10:45:00Z")));
        let missed = [at("2026-01-01T10:00:00Z"), at("2026-01-01T10:15:00Z")].map(|at| (TickOutcome::Missed, at));
        assert_eq!(left_out(&tick, "2026-01-01T10:37:00Z"), missed);
    }

    #[test]
    fn missed_ticks_are_left_out_where_the_schedule_says_so() {
        let tick = tick(CatchUp::Skip);
        for (now, missed) in [("2026-01-01T11:07:00Z", 5), ("2026-01-01T10:02:00Z", 1)] {
            let (step, next) = decided(&tick, now);
            assert_eq!(step, TickStep::LeaveOut("missed"));
            assert!(next > at(now));
            assert_eq!(left_out(&tick, now).len(), missed);
        }

        assert_eq!(
            decided(&tick, "2026-01-01T11:00:30Z").0,
            TickStep::Run(at("2026-01-01T11:00:00Z")),
            "that one is in time"
        );
    }

    #[test]
    fn each_missed_tick_runs_in_turn_up_to_a_ceiling() {
        let mut tick = tick(CatchUp::All);
        let ten = at("2026-01-01T10:00:00Z");
        assert_eq!(decided(&tick, "2026-01-01T11:07:00Z"), (TickStep::Run(ten), at("2026-01-01T10:15:00Z")));
        let above = decided(&tick, "2026-02-01T11:07:00Z");
        assert_eq!(above, (TickStep::Run(at("2026-02-01T11:00:00Z")), at("2026-02-01T11:15:00Z")));
        tick.busy = true;
        assert_eq!(decided(&tick, "2026-01-01T11:07:00Z").0, TickStep::Wait);
    }

    #[test]
    fn of_many_missed_ticks_the_last_are_listed_and_the_rest_is_counted() {
        let decision = decide_tick(&tick(CatchUp::One), at("2026-02-01T10:07:00Z")).unwrap();
        assert_eq!(decision.left_out.len(), LISTED);
        let reason = decision.left_out[0].reason.as_deref().unwrap();
        // 31 days of 96 ticks; the newest runs.
        assert!(reason.contains(&format!("{} more", 31 * 96 - LISTED)), "{reason}");
        assert_eq!(decision.left_out[LISTED - 1].scheduled_for, at("2026-02-01T09:45:00Z"));
    }

    #[test]
    fn years_of_missed_minutes_are_not_counted_one_by_one() {
        let cron = CronExpression::parse("* * * * *").unwrap();
        let decision = decide_tick(&Tick { cron, ..tick(CatchUp::Skip) }, at("2036-01-01T10:05:30Z")).unwrap();
        assert_eq!(decision.step, TickStep::Run(at("2036-01-01T10:05:00Z")));
        assert_eq!(decision.left_out.len(), LISTED);
        assert_eq!(decision.left_out[LISTED - 1].scheduled_for, at("2036-01-01T10:04:00Z"));
    }

    #[test]
    fn an_overlap_is_left_out_or_waits_in_line() {
        let mut tick = tick(CatchUp::One);
        tick.busy = true;
        assert_eq!(decided(&tick, "2026-01-01T10:00:01Z"), (TickStep::LeaveOut("overlap"), at("2026-01-01T10:15:00Z")));
        let skipped = [(TickOutcome::Skipped, at("2026-01-01T10:00:00Z"))];
        assert_eq!(left_out(&tick, "2026-01-01T10:00:01Z"), skipped);
        tick.overlap = Overlap::Queue;
        assert!(matches!(decided(&tick, "2026-01-01T10:00:01Z").0, TickStep::Run(_)));
    }

    #[test]
    fn a_tick_that_its_jitter_holds_back_is_not_late() {
        let mut tick = tick(CatchUp::Skip);
        tick.due_at = at("2026-01-01T10:09:00Z");
        assert_eq!(decided(&tick, "2026-01-01T10:09:01Z").0, TickStep::Run(at("2026-01-01T10:00:00Z")));
        assert_eq!(decided(&tick, "2026-01-01T10:10:01Z").0, TickStep::LeaveOut("missed"));
    }

    #[test]
    fn due_ticks_are_skipped_with_the_reason_while_nothing_may_start() {
        let mut tick = tick(CatchUp::All);
        tick.blocked = Some("off");
        let (step, next) = decided(&tick, "2026-01-01T10:20:00Z");
        assert_eq!((step, next), (TickStep::LeaveOut("blocked"), at("2026-01-01T10:30:00Z")));
        assert_eq!(left_out(&tick, "2026-01-01T10:20:00Z").len(), 2);
    }

    proptest::proptest! {
        #[test]
        fn every_due_tick_runs_or_is_written_down_once(
            catch_up in proptest::sample::select(CatchUp::ALL), overlap in proptest::sample::select(Overlap::ALL),
            busy: bool, is_blocked: bool, late_seconds in 0_i64..80_000, jitter_seconds in 0_i64..900,
        ) {
            let mut tick = tick(catch_up);
            (tick.overlap, tick.busy, tick.blocked) = (overlap, busy, is_blocked.then_some("off"));

            tick.due_at = tick.scheduled_for + Duration::seconds(jitter_seconds.min(late_seconds));
            let now = tick.scheduled_for + Duration::seconds(late_seconds);
            let due = DueTicks::collect(&tick.cron, tick.zone, tick.scheduled_for, now).unwrap();

            let decision = decide_tick(&tick, now).unwrap();
            let mut met: Vec<_> = decision.left_out.iter().map(|tick| tick.scheduled_for).collect();
            if let TickStep::Run(at) = decision.step {
                met.push(at);
            }

            met.sort_unstable();
            let one_by_one = decision.next_run_at <= now;

            if one_by_one {
                proptest::prop_assert_eq!(catch_up, CatchUp::All);
                proptest::prop_assert!(met.is_empty() || met == [tick.scheduled_for]);
            } else {
                proptest::prop_assert_eq!(met, Vec::from(due.last), "each once, and the next tick lies ahead");
            }
        }
    }
}
