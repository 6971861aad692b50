//! The five steps, each over all entities in the order of dependence.

use super::job::{DemoStep, Job};
use super::table::StepRow;
use crate::commands::check::{CheckTarget, count_failing};
use crate::provider::syncs::{self, Events};
use crate::provider::touching::touch_entity;
use anyhow::bail;
use domain::{EntityType, SyncDirection, SyncType};
use geniacsctl::print::grouped;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::time::sleep;

const PACE: Duration = Duration::from_millis(20);
/// How long stored events may stay as they are.
const PATIENCE: Duration = Duration::from_mins(1);

fn step(name: impl Into<String>, entity: EntityType, sync_type: SyncType, direction: SyncDirection) -> DemoStep {
    DemoStep { name: name.into(), entity, sync_type, direction }
}

impl Job {
    pub(super) async fn run(&mut self, targets: &[CheckTarget]) -> anyhow::Result<()> {
        self.output.note("1/5 pushing everything, what others refer to first");
        for target in targets {
            self.push_all(target).await?;
        }

        self.output.note("2/5 pulling everything, with what only Geniacs has");
        for target in targets {
            let (entity, seed) = (target.entity(), self.sizes.seed);
            self.simulator.seed(entity, self.sizes.at_partner(entity), seed).await?;
        }
        for target in targets {
            self.pull_all(target.entity()).await?;
        }

        self.take_webhooks(EntityType::Customers).await?;

        self.output.note("4/5 pushing what changed: nothing, since what came from Geniacs is not sent back");
        for target in targets {
            self.push_nothing(target.entity()).await?;
        }

        self.output.note("5/5 changing some records here and pushing what changed");
        for target in targets {
            self.push_what_changed(target.entity()).await?;
        }
        Ok(())
    }

    async fn push_all(&mut self, target: &CheckTarget) -> anyhow::Result<()> {
        let (live, failing) = count_failing(&target.side(&self.client), target).await?;
        let step = step("full push", target.entity(), SyncType::Full, SyncDirection::ToGeniacs);
        let row = self.sync(&step).await?;
        self.expect(&step, "records", row.records, live);
        self.expect(&step, "created", row.created, live - failing);
        self.expect(&step, "failed", row.failed, failing);
        Ok(())
    }

    async fn pull_all(&mut self, entity: EntityType) -> anyhow::Result<()> {
        let step = step("full pull", entity, SyncType::Full, SyncDirection::FromGeniacs);
        let row = self.sync(&step).await?;
        self.expect(&step, "created", row.created, self.sizes.at_partner(entity));
        self.expect(&step, "updated", row.updated, 0);
        self.expect(&step, "failed", row.failed, 0);
        Ok(())
    }

    async fn take_webhooks(&mut self, entity: EntityType) -> anyhow::Result<()> {
        let count = self.sizes.webhooks();
        self.output.note(format_args!("3/5 taking {} signed webhooks", grouped(count)));

        let before = syncs::last_event(&self.client).await?;
        let order = json!({
            "url": self.webhook_url,
            "secret": self.webhook_secret,
            "entity": entity,
            "count": count,
            "concurrency": 32,
            "form": "changes",
            "seed": self.sizes.seed,
        });

        let started = Instant::now();
        let report = self.simulator.webhooks(&order).await?;
        let events = self.wait_for_events(before, report.accepted).await?;
        self.output.note(format_args!("    99 of 100 were answered within {:.0} ms", report.p99_ms));

        let step = step("webhooks", entity, SyncType::RealTime, SyncDirection::FromGeniacs);
        self.rows.push(StepRow {
            name: step.name.clone(),
            entity,
            direction: step.direction,
            records: events.stored,
            created: events.created,
            updated: events.updated,
            unchanged: events.unchanged,
            failed: events.set_aside,
            seconds: started.elapsed().as_secs_f64(),
        });

        self.expect(&step, "accepted", report.accepted, count);
        self.expect(&step, "stored", events.stored, count);
        self.expect(&step, "updated", events.updated, count);
        Ok(())
    }

    /// Waits until all accepted events are applied or set aside.
    async fn wait_for_events(&self, before: i64, accepted: u64) -> anyhow::Result<Events> {
        let mut moved = (Instant::now(), 0);
        loop {
            let events = syncs::count_events(&self.client, self.integration_id, before).await?;
            if events.ended >= accepted {
                return Ok(events);
            }

            if events.ended > moved.1 {
                moved = (Instant::now(), events.ended);
            }

            if moved.0.elapsed() > PATIENCE {
                let missing = accepted - events.ended;
                bail!(
                    "{missing} of {accepted} accepted webhooks were not applied within a minute; see the worker's log"
                );
            }

            sleep(PACE).await;
        }
    }

    async fn push_nothing(&mut self, entity: EntityType) -> anyhow::Result<()> {
        let before = self.simulator.stats().await?;
        // An open transaction would hide its changes from this sync, and the next one would send them.
        syncs::wait_until_settled(&self.client).await?;

        let step = step("incremental, no change", entity, SyncType::Incremental, SyncDirection::ToGeniacs);
        let row = self.sync(&step).await?;
        let after = self.simulator.stats().await?;

        self.expect(&step, "requests", after.pushes(entity) - before.pushes(entity), 0);
        self.expect(&step, "created or updated", row.created + row.updated, 0);
        self.expect(&step, "failed", row.failed, 0);
        Ok(())
    }

    async fn push_what_changed(&mut self, entity: EntityType) -> anyhow::Result<()> {
        let count = self.sizes.touched(entity);
        touch_entity(&mut self.client, entity, count.into(), self.sizes.seed).await?;

        let before = self.simulator.stats().await?;
        syncs::wait_until_settled(&self.client).await?;

        let step =
            step(format!("incremental, {count} changed"), entity, SyncType::Incremental, SyncDirection::ToGeniacs);
        let row = self.sync(&step).await?;
        let after = self.simulator.stats().await?;

        // Samples do not change: those are new ones.
        let new = if entity == EntityType::MonitoringData { u64::from(count) } else { 0 };

        self.expect(&step, "records sent", after.pushed_records() - before.pushed_records(), count.into());
        self.expect(&step, "updated", row.updated, u64::from(count) - new);
        self.expect(&step, "created", row.created, new);
        self.expect(&step, "failed", row.failed, 0);
        Ok(())
    }
}
