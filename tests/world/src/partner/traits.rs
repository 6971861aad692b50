//! In what partners differ, where the contract leaves it open.

use crate::dice::Dice;
use chrono::{DateTime, SecondsFormat};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Time,
    Id,
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum External {
    /// Kept, shown, matched in pushes, and a filter of listings.
    Matched,
    /// Kept and shown.
    Shown,
    /// Thrown away.
    Ignored,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precision {
    Seconds,
    Millis,
    Micros,
}

impl Precision {
    /// A moment, in microseconds since 1970.
    pub(crate) fn show(self, micros: i64) -> String {
        let form = match self {
            Self::Seconds => SecondsFormat::Secs,
            Self::Millis => SecondsFormat::Millis,
            Self::Micros => SecondsFormat::Micros,
        };
        DateTime::from_timestamp_micros(micros).unwrap_or_default().to_rfc3339_opts(form, true)
    }
}

/// What a partner is like.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a difference of its own")]
pub(crate) struct Traits {
    /// What a push leaves out stays; else it goes.
    pub(crate) merges: bool,
    pub(crate) order: Order,
    /// Whether an answer to a push tells of each record.
    pub(crate) results: bool,
    /// Whether listings show `updated_at`.
    pub(crate) shows_time: bool,
    pub(crate) listing_precision: Precision,
    pub(crate) event_precision: Precision,
    /// Seconds that its clock is ahead.
    pub(crate) skew: i64,
    pub(crate) idempotent: bool,
    pub(crate) external: External,
    pub(crate) honours_since: bool,
    /// Whether a cleared field is shown as an empty text.
    pub(crate) empty_text: bool,
    /// Whether it keeps whole numbers only.
    pub(crate) rounds: bool,
    /// Whether what is pushed to it comes back as an event.
    pub(crate) echoes: bool,
    /// Whether listings leave deleted records out.
    pub(crate) hides_deleted: bool,
    /// Percent of the cursors that have died when they are used.
    pub(crate) cursors_die: usize,
    /// Whether a record is asked for by an id that was merged into another.
    pub(crate) follows_merges: bool,
}

impl Traits {
    pub(crate) fn of(dice: &mut Dice) -> Self {
        let precision = |dice: &mut Dice| dice.one([Precision::Seconds, Precision::Millis, Precision::Micros]);
        let listing_precision = precision(dice);

        Self {
            merges: dice.chance(60),
            order: dice.one([Order::Time, Order::Id, Order::Nothing]),
            results: dice.chance(70),
            shows_time: dice.chance(80),
            listing_precision,
            event_precision: if dice.chance(60) { listing_precision } else { precision(dice) },
            skew: dice.one([0, 0, 0, 0, 1, -1, 120, -120, 25_200, -25_200]),
            idempotent: dice.chance(50),
            external: dice.one([External::Matched, External::Matched, External::Shown, External::Ignored]),
            honours_since: dice.chance(80),
            empty_text: dice.chance(30),
            rounds: dice.chance(20),
            echoes: dice.chance(40),
            hides_deleted: dice.chance(25),
            cursors_die: if dice.chance(15) { 30 } else { 0 },
            follows_merges: dice.chance(70),
        }
    }
}
