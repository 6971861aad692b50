//! Syncs of every kind: asked for, worked on chunk by chunk with what comes in their way, gone on with and cancelled.

use crate::world::{Fault, Meanwhile, Plan, World};
use domain::run_mode::Origin;
use domain::sync::{Filters, IfRunning, RecordKey, SyncOptions, SyncRequest};
use domain::{SyncDirection, SyncType};
use std::rc::Rc;

/// Chunks that one story may need at most to come to rest.
const PATIENCE: usize = 150;

impl World {
    pub(crate) async fn scheduler(&self) {
        let engine = self.engine();
        if let Err(error) = self.unblocked(Box::pin(engine.scheduler.look())).await {
            self.timeline.say(format!("the scheduler: {error}"));
        }
        if self.reach.real_time {
            self.changes_are_below_the_horizon().await;
            if let Err(error) = self.unblocked(Box::pin(engine.scheduler.look_for_local_changes())).await {
                self.timeline.say(format!("the scheduler: {error}"));
            }
        }
    }

    pub(crate) async fn ask_for_sync(&self) {
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

    pub(crate) async fn trigger(
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

    pub(crate) async fn go_on(&self) {
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

    pub(crate) async fn cancel(&self) {
        let running = self.ask("SELECT id FROM geniacs_data_sync WHERE completed_at IS NULL ORDER BY id LIMIT 1").await;
        let Ok(id) = running.parse::<i64>() else { return };
        let mut connection = self.connection().await;
        let cancelled =
            storage::AsyncConnection::transaction(&mut *connection, async |connection: &mut storage::Connection| {
                storage::runs::syncs::cancel(connection, id, self.cast.entity).await
            });
        self.timeline.say(format!("sync {id} is cancelled: {:?}", cancelled.await));
    }

    pub(crate) async fn check_both_sides(&self) {
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
    pub(crate) async fn chunk(self: &Rc<Self>) -> bool {
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
    pub(crate) async fn drain(self: &Rc<Self>, with_faults: bool) {
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

    pub(crate) async fn run_each_way(self: &Rc<Self>, sync_type: SyncType) {
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
}
