//! What happens, step by step, as the dice fall; and the quiet at its end.

use crate::checks::{self, Violation};
use crate::partner::Event;
use crate::truth::Side;
use crate::world::{Fault, Meanwhile, Plan, World};
use domain::sync::{Filters, IfRunning, RecordKey, SyncOptions, SyncRequest};
use domain::{SyncDirection, SyncType};
use std::collections::BTreeMap;
use std::rc::Rc;
use storage::arrivals::Envelope;
use storage::syncs::Origin;
use storage::webhooks::{self, Arrival};

/// Chunks that one story may need at most to come to rest.
const PATIENCE: usize = 150;

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
            self.observe().await;
        }
        self.come_to_rest().await
    }

    fn between(&self, least: i64, most: i64) -> i64 {
        self.dice.borrow_mut().between(least, most)
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

    /// Some of the events that are under way arrive, in any order, some twice, some never.
    async fn events_arrive(&self, percent: usize) {
        let mut events = std::mem::take(&mut self.partner.borrow_mut().events);
        self.dice.borrow_mut().shuffle(&mut events);
        let mut later = Vec::new();
        for event in events {
            if !self.chance(percent) {
                later.push(event);
                continue;
            }
            if percent < 100 && self.chance(6) {
                self.timeline.say(format!("     event {} is lost", event.name));
                continue;
            }
            if self.chance(10) {
                later.push(event.clone());
            }
            self.deliver(&event).await;
        }
        self.partner.borrow_mut().events.extend(later);
    }

    async fn deliver(&self, event: &Event) {
        let received_at = self.now().await;
        let envelope = Envelope { integration_id: self.integration_id, signature: "", received_at, traceparent: None };
        let arrival = Arrival::read(envelope, event.body.as_bytes()).expect("an event");
        webhooks::store(&mut *self.connection().await, &[arrival]).await.expect("it is stored");
        self.timeline.say(format!("     event {} arrives: {}", event.name, event.body));
        self.tell_of(event);
    }

    async fn now(&self) -> chrono::DateTime<chrono::Utc> {
        let text = self.ask("to_char(geniacs_now(), 'YYYY-MM-DD\"T\"HH24:MI:SS.USZ')").await;
        text.parse().expect("a moment")
    }

    async fn apply_events(&self) {
        let engine = self.engine();
        match self.unblocked(Box::pin(engine.worker.apply_one_batch())).await {
            Ok(events) => self.timeline.say(format!("the worker applies {events} events")),
            Err(error) => self.timeline.say(format!("the worker: {error}")),
        }
    }

    async fn scheduler(&self) {
        let engine = self.engine();
        if let Err(error) = self.unblocked(Box::pin(engine.scheduler.look())).await {
            self.timeline.say(format!("the scheduler: {error}"));
        }
    }

    async fn ask_for_sync(&self) {
        let direction = self
            .pick(&[SyncDirection::ToGeniacs, SyncDirection::FromGeniacs, SyncDirection::Bidirectional])
            .unwrap_or(SyncDirection::Bidirectional);
        let sync_type = if self.chance(30) { SyncType::Full } else { SyncType::Incremental };
        let mut options = SyncOptions { if_running: IfRunning::Queue, ..SyncOptions::default() };
        options.create_missing = !self.chance(12);
        options.update_existing = !self.chance(12);
        options.dry_run = self.chance(6);
        let filters = if self.chance(8) { self.filters(direction).await } else { Filters::default() };
        options.delete_missing = sync_type == SyncType::Full && filters.is_empty() && self.chance(25);
        self.trigger(sync_type, direction, filters, options, None).await;
    }

    async fn filters(&self, direction: SyncDirection) -> Filters {
        let mut filters = Filters::default();
        if direction == SyncDirection::FromGeniacs {
            let ids: Vec<String> = self.partner.borrow().records.iter().map(|record| record.id.clone()).collect();
            filters.ids.extend(self.pick(&ids).map(RecordKey::Geniacs));
        } else {
            filters.ids.extend(self.pick(&self.rows().await).map(|row| RecordKey::Local(row.id)));
        }
        filters
    }

    async fn trigger(
        &self,
        sync_type: SyncType,
        direction: SyncDirection,
        filters: Filters,
        options: SyncOptions,
        origin: Option<Origin>,
    ) {
        self.changes_are_below_the_horizon().await;
        let left_out = [
            (!options.create_missing, "no creations"),
            (!options.update_existing, "no updates"),
            (options.delete_missing, "delete missing"),
            (options.dry_run, "dry run"),
        ];
        let words: Vec<&str> = left_out.iter().filter(|(is, _)| *is).map(|(_, word)| *word).collect();
        let ids = if filters.ids.is_empty() { String::new() } else { format!(" of {:?}", filters.ids) };
        let request = SyncRequest {
            integration_id: self.integration_id,
            sync_type,
            entity_type: self.cast.entity,
            direction,
            filters,
            options,
        };
        let engine = self.engine();
        let id = engine.scheduler.ask(&request, origin).await.expect("the sync is stored");
        let origin = origin.map(|origin| format!(" {origin:?}")).unwrap_or_default();
        self.timeline.say(format!(
            "sync {}: {sync_type} {direction}{ids} {}{origin}",
            id.unwrap_or(0),
            words.join(", ")
        ));
    }

    /// Other stories on the same server may hold back what counts as committed.
    async fn changes_are_below_the_horizon(&self) {
        if !self.open.borrow().is_empty() {
            return;
        }
        let here = self.ask("pg_current_xact_id()").await;
        for _ in 0..5_000 {
            if self.ask(&format!("pg_snapshot_xmin(pg_current_snapshot()) > '{here}'::xid8")).await == "true" {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }

    async fn go_on(&self) {
        let ended = self
            .query("SELECT id, sync_type::text, sync_direction::text, status::text, coalesce((data -> 'options' ->> 'dry_run')::bool, false)
                 FROM geniacs_data_sync WHERE completed_at IS NOT NULL ORDER BY id DESC LIMIT 4")
            .await;
        let Some(row) = self.pick(&(0..ended.len()).collect::<Vec<_>>()).map(|place| &ended[place]) else { return };
        let id: i64 = row.get(0);
        let origin = match (row.get::<_, bool>(4), row.get::<_, &str>(3)) {
            (true, "success") => Origin::PlanOf(id),
            (false, "partial") => Origin::RetryOf(id),
            (false, "failed" | "cancelled") => {
                self.pick(&[Origin::RetryOf(id), Origin::ResumeOf(id)]).unwrap_or(Origin::RetryOf(id))
            }
            _ => return,
        };
        let (sync_type, direction) = (row.get::<_, &str>(1).parse(), row.get::<_, &str>(2).parse());
        let (Ok(sync_type), Ok(direction)) = (sync_type, direction) else { return };
        self.trigger(sync_type, direction, Filters::default(), SyncOptions::default(), Some(origin)).await;
    }

    async fn cancel(&self) {
        let running = self.ask("SELECT id FROM geniacs_data_sync WHERE completed_at IS NULL ORDER BY id LIMIT 1").await;
        let Ok(id) = running.parse::<i64>() else { return };
        let mut connection = self.connection().await;
        let cancelled =
            storage::AsyncConnection::transaction(&mut *connection, async |connection: &mut storage::Connection| {
                storage::syncs::cancel(connection, id, self.cast.entity).await
            });
        self.timeline.say(format!("sync {id} is cancelled: {:?}", cancelled.await));
    }

    async fn check_both_sides(&self) {
        let options = SyncOptions { dry_run: true, ..SyncOptions::default() };
        self.trigger(SyncType::Full, SyncDirection::Bidirectional, Filters::default(), options, Some(Origin::Check))
            .await;
    }

    /// What a chunk's requests and its worker are in for.
    fn fate(&self) -> (Plan, Option<u64>) {
        let mut plan = Plan::default();
        let number = |world: &Self| u32::try_from(world.below(3)).unwrap_or(0);
        if self.chance(18) {
            let fault = self
                .pick(&[
                    Fault::Reset,
                    Fault::LoseAnswer,
                    Fault::LoseAnswer,
                    Fault::LoseAnswer,
                    Fault::Error,
                    Fault::LateError,
                    Fault::Death,
                ])
                .unwrap_or(Fault::Reset);
            plan.faults.insert(number(self), fault);
        }
        for place in [&mut plan.before, &mut plan.after] {
            if self.chance(22) {
                let what =
                    self.pick(&[Meanwhile::EditHere, Meanwhile::EditThere, Meanwhile::Events, Meanwhile::Events]);
                place.extend(what.map(|what| (number(self), what)));
            }
        }
        let dies_after = self.chance(7).then(|| u64::try_from(1 + self.below(45)).unwrap_or(1));
        (plan, dies_after)
    }

    /// Runs one chunk, with what may come in its way.
    async fn chunk(self: &Rc<Self>) -> bool {
        let (plan, dies_after) = self.fate();
        self.run_quietly(plan, dies_after).await
    }

    async fn run_quietly(&self, plan: Plan, dies_after: Option<u64>) -> bool {
        let dry = "SELECT coalesce(bool_or((data -> 'options' ->> 'dry_run')::bool), false) FROM geniacs_data_sync WHERE status = 'processing'";
        self.deaf.set(self.ask(dry).await == "true");
        self.timeline.say("the worker takes a chunk");
        let claimed = self.run_chunk(plan, dies_after).await;
        if !claimed {
            self.timeline.say("     there is none");
        }
        claimed
    }

    /// Works until no sync is left, and moves the clock where they wait for it.
    async fn drain(self: &Rc<Self>, with_faults: bool) {
        for _ in 0..PATIENCE {
            self.scheduler().await;
            let claimed = if with_faults { self.chunk().await } else { self.run_quietly(Plan::default(), None).await };
            if claimed {
                self.pass(self.between(1, 50_000)).await;
                continue;
            }
            if self.ask("SELECT count(*) FROM geniacs_data_sync WHERE completed_at IS NULL").await == "0" {
                return;
            }
            self.end_transaction().await;
            self.wait_for_what_is_next().await;
        }
        self.timeline.say("syncs do not come to an end");
    }

    async fn wait_for_what_is_next(&self) {
        let next = self
            .ask(
                "SELECT ceil(extract(epoch FROM least(
                     (SELECT min(greatest(c.available_at, l.held_until)) FROM sync_chunks c
                          JOIN geniacs_data_sync s ON s.id = c.sync_id AND s.status = 'processing'
                          LEFT JOIN integration_limits l ON l.integration_id = c.integration_id
                      WHERE c.state = 'open'),
                     (SELECT min(greatest(s.next_retry_at, l.held_until)) FROM geniacs_data_sync s
                          LEFT JOIN integration_limits l ON l.integration_id = s.integration_id
                      WHERE s.status = 'pending')) - geniacs_now()) * 1000000)::bigint",
            )
            .await;
        // What nobody waits for is found by the scheduler, after a while. The engine's waits are partly random, by dice of
        // its own: in such large steps that this makes no difference.
        let seconds = next.parse::<i64>().unwrap_or(30_000_000) / 1_000_000;
        let steps = [1, 31, 130, 250, 490, 970, 3_700, 90_000];
        let seconds = steps.into_iter().find(|step| *step > seconds).unwrap_or(90_000);
        self.timeline.say(format!("{seconds} s pass"));
        self.pass(seconds * 1_000_000).await;
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
            if live.is_some() == there.is_some() {
                lineage.alive.equal(order);
            }
            let (Some(live), Some(there)) = (live, there) else { continue };
            for (place, field) in self.cast.fields.iter().enumerate() {
                let (mine, its) = (live.values[place].as_deref(), there.get(field));
                if field.same(mine, its.as_deref())
                    || (partner.traits.rounds && field.same_rounded(mine, its.as_deref()))
                {
                    lineage.fields[place].equal(order);
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
        violations.extend(checks::both_sides(self, "after an incremental run each way").await);
        let before: Vec<(String, String)> = violations.iter().map(Violation::about).collect();
        self.run_each_way(SyncType::Full).await;
        let after = checks::both_sides(self, "after a full run each way").await;
        violations.extend(after.into_iter().filter(|violation| !before.contains(&violation.about())));
        violations.extend(checks::runs(self).await);
        let mark = checks::mark(self).await;
        self.run_each_way(SyncType::Full).await;
        violations.extend(checks::stillness(self, &mark).await);
        violations
    }

    /// What is under way arrives, and everything that was begun ends.
    async fn settle(self: &Rc<Self>) {
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

    async fn run_each_way(self: &Rc<Self>, sync_type: SyncType) {
        self.timeline.step();
        self.pass(61_000_000).await;
        let directions: &[SyncDirection] = if self.chance(50) {
            &[SyncDirection::Bidirectional]
        } else {
            &[SyncDirection::FromGeniacs, SyncDirection::ToGeniacs]
        };
        for direction in directions {
            self.trigger(sync_type, *direction, Filters::default(), SyncOptions::default(), None).await;
            self.settle().await;
        }
    }

    fn tell_of(&self, event: &Event) {
        // An event tells only what it holds; the rest of the record may have moved on.
        let body: serde_json::Value = serde_json::from_str(&event.body).unwrap_or_default();
        let (data, kind) = (&body["data"], body["event_type"].as_str().unwrap_or_default());
        let changes = data["changes"].as_object().filter(|changes| !changes.is_empty());
        let mut truth = self.truth.borrow_mut();
        let step = self.timeline.number();
        let Some(lineage) = truth.lineages.get_mut(&event.lineage) else { return };
        for (place, field) in self.cast.fields.iter().enumerate() {
            let value = match changes {
                Some(changes) => changes.get(field.geniacs).map(|change| &change["new"]),
                None => data.get(field.geniacs),
            };
            let Some(value) = value.map(|value| field.read(Some(value))) else { continue };
            let last = lineage.fields[place].edits.iter_mut().rev().find(|edit| edit.side == Side::There);
            if let Some(edit) = last.filter(|edit| edit.value == value && edit.told.is_none()) {
                edit.told = Some(step);
            }
        }
        let alive = (!kind.ends_with("deleted")).then(|| crate::truth::YES.to_owned());
        let last = lineage.alive.edits.iter_mut().rev().find(|edit| edit.side == Side::There);
        if let Some(edit) = last.filter(|edit| edit.value == alive && edit.told.is_none()) {
            edit.told = Some(step);
        }
    }
}
