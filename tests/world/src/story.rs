//! What happens, step by step, as the dice fall; and the quiet at its end.

use crate::checks::{self, Violation};
use crate::endings;
use crate::world::{Meanwhile, World};
use domain::SyncType;
use std::collections::BTreeMap;
use std::rc::Rc;

type Deed = &'static str;

/// What happens, and how often of so many.
const DEEDS: [(Deed, usize); 27] = [
    ("create here", 6),
    ("edit here", 16),
    ("delete here", 4),
    ("revive here", 2),
    ("recreate here", 1),
    ("swap here", 2),
    ("create there", 6),
    ("edit there", 14),
    ("edit there late", 3),
    ("delete there", 3),
    ("revive there", 1),
    ("swap there", 3),
    ("merge there", 1),
    ("renumber there", 1),
    ("refuse there", 1),
    ("open", 3),
    ("end", 4),
    ("events arrive", 10),
    ("events applied", 9),
    ("sync", 14),
    ("chunk", 18),
    ("drain", 7),
    ("scheduler", 4),
    ("time", 4),
    ("go on", 3),
    ("cancel", 1),
    ("check", 1),
];

impl World {
    /// The whole story. Returns what is wrong in the end.
    pub(crate) async fn tell_story(self: &Rc<Self>) -> Vec<Violation> {
        let steps = 14 + self.below(26);
        for _ in 0..2 + self.below(3) {
            self.create_here().await;
            self.create_there();
        }

        for _ in 0..steps {
            self.timeline.step();
            let micros = if self.chance(50) { self.between(1, 900_000) } else { self.between(1, 40_000_000) };
            self.pass(micros).await;
            let deed = self.deed();
            self.act(deed).await;
            self.reach_further().await;
            self.observe().await;
        }
        self.come_to_rest().await
    }

    pub(crate) fn between(&self, least: i64, most: i64) -> i64 {
        self.dice.borrow_mut().between(least, most)
    }

    /// What only later stories tell of.
    async fn reach_further(&self) {
        if self.reach.invalid && self.chance(10) {
            self.write_nonsense_here().await;
        }
        if self.reach.settles && self.chance(15) {
            self.complete_there();
        }
    }

    fn deed(&self) -> Deed {
        let mut at = self.below(DEEDS.iter().map(|(_, weight)| weight).sum());
        for (deed, weight) in DEEDS {
            if at < weight {
                return deed;
            }
            at -= weight;
        }
        "drain"
    }

    async fn act(self: &Rc<Self>, deed: Deed) {
        match deed {
            "create here" => self.create_here().await,
            "edit here" => self.edit_here().await,
            "delete here" => self.delete_here().await,
            "revive here" => self.revive_here().await,
            "recreate here" => self.recreate_here().await,
            "swap here" => self.swap_here().await,
            "create there" => self.create_there(),
            "edit there" => self.edit_there(),
            "edit there late" => self.edit_there_late(),
            "delete there" => self.delete_there(),
            "revive there" => self.revive_there(),
            "swap there" => self.swap_there(),
            "merge there" => self.merge_there(),
            "renumber there" => self.renumber_there(),
            "refuse there" => self.refuse_there(),
            "open" => self.open_transaction().await,
            "end" => self.end_transaction().await,
            "events arrive" => self.events_arrive(60).await,
            "events applied" => self.apply_events().await,
            "sync" => self.ask_for_sync().await,
            "chunk" => {
                self.scheduler().await;
                self.chunk().await;
            }
            "drain" => self.drain(true).await,
            "scheduler" => self.scheduler().await,
            "time" => self.pass(self.between(10, 400) * 1_000_000).await,
            "go on" => self.go_on().await,
            "cancel" => self.cancel().await,
            "check" => self.check_both_sides().await,
            other => unreachable!("{other}"),
        }
    }

    /// Something that happens while a request is under way.
    pub(crate) async fn meanwhile(self: &Rc<Self>, what: Meanwhile) {
        self.pass(self.between(1, 200_000)).await;
        match what {
            Meanwhile::EditHere => Box::pin(self.edit_here()).await,
            Meanwhile::EditThere => self.edit_there(),
            Meanwhile::Events => {
                Box::pin(self.events_arrive(80)).await;
                match Box::pin(self.engine().second.apply_one_batch()).await {
                    Ok(events) => self.timeline.say(format!("     another worker applies {events} events")),
                    Err(error) => self.timeline.say(format!("     another worker: {error}")),
                }
            }
        }
    }

    /// Looks at both sides: what is equal now was told to everybody.
    async fn observe(&self) {
        let rows = self.rows().await;
        let partner = self.partner.borrow();
        let mut truth = self.truth.borrow_mut();
        let order = truth.order();

        let mut here: BTreeMap<&str, Vec<&crate::provider::Row>> = BTreeMap::new();
        for row in &rows {
            here.entry(&row.lineage).or_default().push(row);
        }

        for (token, lineage) in &mut truth.lineages {
            let rows = here.get(token.as_str()).map_or(&[][..], Vec::as_slice);
            for row in rows {
                if !lineage.local_ids.contains(&row.id) {
                    lineage.local_ids.push(row.id);
                }
            }

            let live = rows.iter().find(|row| !row.deleted);
            let there = partner.live().find(|record| record.lineage == *token);
            // Both may have deleted it, and neither know of the other: then nothing is settled.
            if live.is_some() == there.is_some() && !lineage.alive.is_untold() {
                lineage.alive.equal(order);
            }

            let (Some(live), Some(there)) = (live, there) else { continue };
            for (place, field) in self.cast.fields.iter().enumerate() {
                let (mine, its) = (live.values[place].as_deref(), there.get(field));
                let same = |one: Option<&str>, other: Option<&str>| {
                    field.same(one, other) || (partner.traits.rounds && field.same_rounded(one, other))
                };
                let story = &mut lineage.fields[place];
                let is_last = story.last().is_none_or(|last| same(last.value.as_deref(), mine));
                if is_last && same(mine, its.as_deref()) {
                    story.equal(order);
                }
            }
        }
    }

    /// No more edits: what is under way arrives, everything runs to its end, and both sides are compared.
    async fn come_to_rest(self: &Rc<Self>) -> Vec<Violation> {
        self.timeline.step();
        self.timeline.say("quiet");
        while !self.open.borrow().is_empty() {
            self.end_transaction().await;
        }
        self.settle().await;

        let mut violations = Vec::new();
        self.run_each_way(SyncType::Incremental).await;
        if std::mem::take(&mut self.partner.borrow_mut().has_refused) {
            self.run_each_way(SyncType::Incremental).await;
        }
        violations.extend(checks::both_sides(self, SyncType::Incremental).await);
        let before: Vec<(String, String)> = violations.iter().map(Violation::about).collect();

        self.run_each_way(SyncType::Full).await;
        let after = checks::both_sides(self, SyncType::Full).await;
        violations.extend(after.into_iter().filter(|violation| !before.contains(&violation.about())));
        violations.extend(endings::runs(self).await);

        let mark = endings::mark(self).await;
        self.run_each_way(SyncType::Full).await;
        violations.extend(endings::stillness(self, &mark).await);
        violations.extend(self.close_the_books().await);

        violations
    }

    /// What is under way arrives, and everything that was begun ends.
    pub(crate) async fn settle(self: &Rc<Self>) {
        for _ in 0..6 {
            self.drain(false).await;
            self.events_arrive(100).await;
            for _ in 0..12 {
                self.apply_events().await;
                let waiting = "SELECT count(*) FROM geniacs_webhook_events WHERE state IN ('received', 'failed')";
                if self.ask(waiting).await == "0" {
                    break;
                }
                self.pass(60_000_000).await;
            }

            if self.partner.borrow().events.is_empty()
                && self.ask("SELECT count(*) FROM geniacs_data_sync WHERE completed_at IS NULL").await == "0"
            {
                break;
            }
        }
    }
}
