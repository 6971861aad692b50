//! How statuses move: by rules, not by whoever wrote last.
//!
//! The statuses of an entity stand in stages. Within a stage the newer word wins; a later stage is never undone by an
//! earlier one, however new that is, and a late word of a later stage still counts. So the order in which words arrive
//! makes no difference. Two steps back exist: `success` to `failed` within [`FAILS_WITHIN`] of settling, and `paid` to
//! an open invoice that shows a balance, as after a refund.

use crate::EntityType;
use chrono::{DateTime, TimeDelta, Utc};

/// A gateway may still turn `success` into `failed` for so long after settling: it settles accounts once a day.
pub const FAILS_WITHIN: TimeDelta = TimeDelta::hours(24);

/// Why a status stays.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// A stable word.
    pub name: &'static str,
    /// One sentence.
    pub reason: &'static str,
}

/// Statuses among which the newer word wins, and why nothing earlier follows them.
struct Stage {
    statuses: &'static [&'static str],
    rule: Rule,
}

const fn stage_of(statuses: &'static [&'static str], name: &'static str, reason: &'static str) -> Stage {
    Stage { statuses, rule: Rule { name, reason } }
}

/// The first stage: nothing comes before it.
const fn first_stage(statuses: &'static [&'static str]) -> Stage {
    stage_of(statuses, "first_stage", "nothing comes before it")
}

// A customer who was served once is no prospect any more; every other change is a decision of people, in both
// directions.
static CUSTOMERS: [Stage; 2] = [
    first_stage(&["prospect"]),
    stage_of(&["active", "suspended", "terminated"], "served_once", "a customer who was served is no prospect again"),
];

// Even a terminated or expired subscription may be taken up again, by renewal or by a decision of people.
static SUBSCRIPTIONS: [Stage; 2] = [
    first_stage(&["pending"]),
    stage_of(
        &["active", "suspended", "expired", "terminated"],
        "started_once",
        "a subscription that has started does not wait for its start again",
    ),
];

// Which of the three open words holds is a matter of dates and balance. A cancelled invoice is not revived by money,
// and money that went back is a fact.
static INVOICES: [Stage; 5] = [
    first_stage(&["draft"]),
    stage_of(&["sent", "overdue", "partially_paid"], "sent_once", "an invoice that was sent is no draft again"),
    stage_of(
        &["paid"],
        "paid_stays_paid",
        "a paid invoice is open again only where the same record shows a balance, as after a refund",
    ),
    stage_of(&["cancelled"], "cancelled_is_final", "a cancelled invoice can only be refunded"),
    stage_of(&["refunded"], "refunded_is_final", "a refunded invoice stays refunded"),
];

// Money is evidence: it may still arrive after a payment had ended without it, and a dispute may be won.
static PAYMENTS: [Stage; 6] = [
    first_stage(&["pending"]),
    stage_of(&["processing"], "under_way", "a payment under way does not wait for its start again"),
    stage_of(
        &["failed", "cancelled", "expired"],
        "ended_stays_ended",
        "an ended payment is not opened again; only money can still arrive",
    ),
    stage_of(
        &["success", "disputed"],
        "money_received",
        "money received stays received; it can be disputed or refunded, or fail within 24 hours of settling",
    ),
    stage_of(&["partial_refund"], "money_returned", "money that went back stays back; the rest can follow"),
    stage_of(&["refunded"], "refunded_is_final", "a refunded payment stays refunded"),
];

// The state of a device at this moment; its past says nothing.
static NAS_SERVERS: [Stage; 1] = [first_stage(&["online", "offline", "maintenance", "disabled"])];

const fn stages(entity: EntityType) -> &'static [Stage] {
    match entity {
        EntityType::Customers => &CUSTOMERS,
        EntityType::Subscriptions => &SUBSCRIPTIONS,
        EntityType::Invoices => &INVOICES,
        EntityType::Payments => &PAYMENTS,
        EntityType::NasServers => &NAS_SERVERS,
        EntityType::MonitoringData => &[],
    }
}

/// The statuses that records of an entity may have; none where they have no status.
pub fn statuses(entity: EntityType) -> impl Iterator<Item = &'static str> {
    stages(entity).iter().flat_map(|stage| stage.statuses).copied()
}

/// A status as somebody told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told<'a> {
    /// The word.
    pub status: &'a str,
    /// Since when it holds, on the clock of whoever told it.
    pub at: DateTime<Utc>,
    /// When the money came, if that is known; else `at`.
    pub settled_at: Option<DateTime<Utc>>,
    /// Whether the record that tells it leaves a balance.
    pub balance_due: bool,
}

/// The verdict on a status that is told about a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It holds from now on.
    Taken,
    /// It is older than the status held, and holds all the same, by this rule: whoever told the newer one is wrong.
    TakenLate(&'static Rule),
    /// It is older than the status held.
    Superseded,
    /// It is newer than the status held, which stays by this rule: whoever told it is wrong.
    Refused(&'static Rule),
}

/// Decides between the status that a record holds and one that is told; `newer` says whether that one is at least as
/// new. A word that no stage knows is taken, for the database to refuse.
pub fn decide(entity: EntityType, held: &Told<'_>, told: &Told<'_>, newer: bool) -> Verdict {
    if newer {
        // The newer word wins, unless the held one is of a later stage.
        return withstands(entity, held, told).map_or(Verdict::Taken, Verdict::Refused);
    }
    withstands(entity, told, held).map_or(Verdict::Superseded, Verdict::TakenLate)
}

/// The rule by which the earlier status stays although the later one was told after it; none where the later one holds.
fn withstands(entity: EntityType, earlier: &Told<'_>, later: &Told<'_>) -> Option<&'static Rule> {
    let (from, rule) = place_of(entity, earlier.status)?;
    let (to, _) = place_of(entity, later.status)?;
    (to < from && !is_step_back(entity, earlier, later)).then_some(rule)
}

fn is_step_back(entity: EntityType, earlier: &Told<'_>, later: &Told<'_>) -> bool {
    match (entity, earlier.status, later.status) {
        (EntityType::Payments, "success", "failed") => {
            let since = later.at - earlier.settled_at.unwrap_or(earlier.at);
            // A failure before the money came cannot be about it.
            (TimeDelta::zero()..=FAILS_WITHIN).contains(&since)
        }
        (EntityType::Invoices, "paid", "partially_paid" | "sent" | "overdue") => later.balance_due,
        _ => false,
    }
}

/// The number of the status's stage, and its rule.
fn place_of(entity: EntityType, status: &str) -> Option<(usize, &'static Rule)> {
    let mut stages = stages(entity).iter().enumerate();
    stages.find(|(_, stage)| stage.statuses.contains(&status)).map(|(number, stage)| (number, &stage.rule))
}

#[cfg(test)]
mod tests {
    use super::*;
    use EntityType::{Customers, Invoices, NasServers, Payments, Subscriptions};
    use proptest::prelude::*;

    fn told(status: &str, hour: i64) -> Told<'_> {
        let at = DateTime::UNIX_EPOCH + TimeDelta::hours(hour);
        Told { status, at, settled_at: None, balance_due: false }
    }

    /// What the statuses may become a year later, without a balance.
    fn next(entity: EntityType, from: &str) -> Vec<&'static str> {
        let moves =
            |to: &&'static str| *to != from && decide(entity, &told(from, 0), &told(to, 9_000), true) == Verdict::Taken;
        statuses(entity).filter(moves).collect()
    }

    #[test]
    fn the_moves_of_payments() {
        let after_money = ["partial_refund", "refunded"];

        assert_eq!(next(Payments, "pending").len(), 8);
        assert_eq!(next(Payments, "processing").len(), 7);

        for ended in ["failed", "cancelled", "expired"] {
            let others: Vec<_> = ["failed", "cancelled", "expired"].into_iter().filter(|s| *s != ended).collect();
            assert_eq!(next(Payments, ended), [&others[..], &["success", "disputed"], &after_money].concat());
        }

        assert_eq!(next(Payments, "success"), ["disputed", "partial_refund", "refunded"]);
        assert_eq!(next(Payments, "disputed"), ["success", "partial_refund", "refunded"]);
        assert_eq!(next(Payments, "partial_refund"), ["refunded"]);
        assert_eq!(next(Payments, "refunded"), [""; 0]);
    }

    #[test]
    fn the_moves_of_invoices() {
        let closed = ["paid", "cancelled", "refunded"];
        assert_eq!(next(Invoices, "draft"), [&["sent", "overdue", "partially_paid"][..], &closed].concat());
        assert_eq!(next(Invoices, "sent"), [&["overdue", "partially_paid"][..], &closed].concat());
        assert_eq!(next(Invoices, "overdue"), [&["sent", "partially_paid"][..], &closed].concat());
        assert_eq!(next(Invoices, "partially_paid"), [&["sent", "overdue"][..], &closed].concat());
        assert_eq!(next(Invoices, "paid"), ["cancelled", "refunded"]);
        assert_eq!(next(Invoices, "cancelled"), ["refunded"]);
        assert_eq!(next(Invoices, "refunded"), [""; 0]);
    }

    #[test]
    fn the_moves_of_customers_subscriptions_and_servers() {
        assert_eq!(next(Customers, "prospect").len(), 3);
        assert_eq!(next(Customers, "terminated"), ["active", "suspended"]);
        assert_eq!(next(Subscriptions, "pending").len(), 4);
        assert_eq!(next(Subscriptions, "active"), ["suspended", "expired", "terminated"]);
        assert_eq!(next(Subscriptions, "terminated"), ["active", "suspended", "expired"]);
        assert_eq!(next(NasServers, "disabled"), ["online", "offline", "maintenance"]);
    }

    #[test]
    fn a_settled_payment_may_fail_within_a_day_and_not_before_or_after() {
        for (hour, fails) in [(-1, false), (0, true), (24, true), (25, false)] {
            let verdict = decide(Payments, &told("success", 0), &told("failed", hour), true);
            assert_eq!(verdict == Verdict::Taken, fails, "{hour}");
        }
        let settled_long_ago = Told { settled_at: Some(DateTime::UNIX_EPOCH), ..told("success", 100) };
        assert!(matches!(decide(Payments, &settled_long_ago, &told("failed", 101), true), Verdict::Refused(_)));
        assert!(matches!(decide(Payments, &told("success", 0), &told("cancelled", 1), true), Verdict::Refused(_)));
    }

    #[test]
    fn a_paid_invoice_is_open_again_only_with_a_balance() {
        let paid = told("paid", 0);
        for open in ["partially_paid", "sent", "overdue"] {
            assert!(matches!(decide(Invoices, &paid, &told(open, 1), true), Verdict::Refused(_)), "{open}");
            let with_balance = Told { balance_due: true, ..told(open, 1) };
            assert_eq!(decide(Invoices, &paid, &with_balance, true), Verdict::Taken, "{open}");
        }
        let draft = Told { balance_due: true, ..told("draft", 1) };
        assert!(matches!(decide(Invoices, &paid, &draft, true), Verdict::Refused(_)));
    }

    #[test]
    fn a_late_word_counts_where_the_newer_one_could_not_follow_it() {
        let late = decide(Payments, &told("pending", 3), &told("success", 2), false);
        assert!(matches!(late, Verdict::TakenLate(_)), "a newer `pending` does not undo `success`");
        let late = decide(Subscriptions, &told("active", 3), &told("suspended", 2), false);
        assert_eq!(late, Verdict::Superseded, "a late `suspended` does not undo a newer `active`");
        assert_eq!(decide(Payments, &told("failed", 3), &told("success", 2), false), Verdict::Superseded);
    }

    #[test]
    fn a_word_that_is_not_known_is_left_to_the_database() {
        assert_eq!(decide(Payments, &told("success", 0), &told("lost", 1), true), Verdict::Taken);
    }

    const OPEN: [&str; 8] =
        ["pending", "processing", "prospect", "draft", "sent", "overdue", "partially_paid", "not one"];

    fn statused() -> impl Strategy<Value = EntityType> {
        prop::sample::select(vec![Customers, Subscriptions, Invoices, Payments, NasServers])
    }

    type Words = Vec<(&'static str, i64)>;

    /// Statuses of an entity at different hours, and the order in which they arrive.
    fn arrivals() -> impl Strategy<Value = (EntityType, Words, Words)> {
        statused().prop_flat_map(|entity| {
            let all: Vec<_> = statuses(entity).collect();
            prop::collection::vec(prop::sample::select(all), 1..7).prop_flat_map(move |words| {
                // Two days between, so that no success fails within its day.
                let at: Vec<_> = words.into_iter().zip((0_i64..).step_by(48)).collect();
                (Just(entity), Just(at.clone()), Just(at).prop_shuffle())
            })
        })
    }

    fn end(entity: EntityType, arrivals: &[(&'static str, i64)]) -> (&'static str, i64) {
        let mut held = arrivals[0];
        for next in &arrivals[1..] {
            let verdict = decide(entity, &told(held.0, held.1), &told(next.0, next.1), next.1 >= held.1);
            if matches!(verdict, Verdict::Taken | Verdict::TakenLate(_)) {
                held = *next;
            }
        }
        held
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_makes_no_difference((entity, in_order, shuffled) in arrivals()) {
            prop_assert_eq!(end(entity, &in_order), end(entity, &shuffled));
        }

        #[test]
        fn nothing_closed_opens_again((entity, in_order, _) in arrivals()) {
            let closed = |status: &str| !OPEN.contains(&status);
            let was_closed = in_order.iter().enumerate().any(|(n, _)| closed(end(entity, &in_order[..=n]).0));
            prop_assert_eq!(was_closed, closed(end(entity, &in_order).0));
        }

        #[test]
        fn a_repeated_word_changes_nothing((entity, in_order, mut shuffled) in arrivals()) {
            shuffled.extend(in_order.clone());
            prop_assert_eq!(end(entity, &in_order), end(entity, &shuffled));
        }
    }

    #[test]
    fn a_payment_that_fails_within_its_day_has_failed_in_any_order() {
        let words = [("pending", 0), ("success", 1), ("failed", 20)];
        for [a, b, c] in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            assert_eq!(end(Payments, &[words[a], words[b], words[c]]), ("failed", 20));
        }
    }
}
