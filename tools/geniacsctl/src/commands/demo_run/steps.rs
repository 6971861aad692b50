//! The five steps.

use super::job::Job;
use super::table::Row;
use crate::commands::demo_check::count_invalid;
use crate::commands::demo_touch::touch;
use crate::print::{grouped, note};
use crate::provider::syncs::{self, Events};
use anyhow::bail;
use domain::{SyncDirection, SyncType};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::time::sleep;

const PACE: Duration = Duration::from_millis(20);
/// How long stored events may stay as they are.
const PATIENCE: Duration = Duration::from_mins(1);

impl Job {
    pub(super) async fn run(&mut self) -> anyhow::Result<()> {
        self.push_all().await?;
        self.pull_all().await?;
        self.take_webhooks().await?;
        self.push_nothing().await?;
        self.push_what_changed().await
    }

    async fn push_all(&mut self) -> anyhow::Result<()> {
        let (live, invalid) = count_invalid(&self.client, &self.target).await?;
        note(format_args!("1/5 pushing {} customers", grouped(live)));
        let name = "full push";
        let row = self.sync(name, SyncType::Full, SyncDirection::ToGeniacs).await?;
        self.expect(name, "records", row.records, live);
        self.expect(name, "created", row.created, live - invalid);
        self.expect(name, "failed", row.failed, invalid);
        Ok(())
    }

    async fn pull_all(&mut self) -> anyhow::Result<()> {
        let count = self.sizes.partner_records;
        note(format_args!(
            "2/5 pulling {} customers that only Geniacs has, past those that were pushed",
            grouped(count)
        ));
        self.simulator.seed(self.target.entity, count, self.sizes.seed).await?;
        let name = "full pull";
        let row = self.sync(name, SyncType::Full, SyncDirection::FromGeniacs).await?;
        self.expect(name, "created", row.created, count);
        self.expect(name, "updated", row.updated, 0);
        self.expect(name, "failed", row.failed, 0);
        Ok(())
    }

    async fn take_webhooks(&mut self) -> anyhow::Result<()> {
        let count = self.sizes.webhooks;
        note(format_args!("3/5 taking {} signed webhooks", grouped(count)));
        let before = syncs::last_event(&self.client).await?;
        let order = json!({
            "url": self.webhook_url,
            "secret": self.webhook_secret,
            "entity": self.target.entity,
            "count": count,
            "concurrency": 32,
            "form": "changes",
            "seed": self.sizes.seed,
        });
        let started = Instant::now();
        let report = self.simulator.webhooks(&order).await?;
        let events = self.wait_for_events(before, report.accepted).await?;
        note(format_args!("    99 of 100 were answered within {:.0} ms", report.p99_ms));
        let name = "webhooks";
        self.rows.push(Row {
            name: name.to_owned(),
            direction: SyncDirection::FromGeniacs,
            records: events.stored,
            created: events.created,
            updated: events.updated,
            unchanged: events.unchanged,
            failed: events.set_aside,
            seconds: started.elapsed().as_secs_f64(),
        });
        self.expect(name, "accepted", report.accepted, count);
        self.expect(name, "stored", events.stored, count);
        self.expect(name, "updated", events.updated, count);
        Ok(())
    }

    /// Waits until all accepted events are applied or set aside.
    async fn wait_for_events(&self, before: i64, accepted: u64) -> anyhow::Result<Events> {
        let mut moved = (Instant::now(), 0);
        loop {
            let events = syncs::events(&self.client, self.target.integration_id, before).await?;
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

    async fn push_nothing(&mut self) -> anyhow::Result<()> {
        note("4/5 pushing what changed: nothing, since what came from Geniacs is not sent back");
        let before = self.simulator.stats().await?;
        syncs::settled(&self.client).await?;
        let name = "incremental, no change";
        let row = self.sync(name, SyncType::Incremental, SyncDirection::ToGeniacs).await?;
        let after = self.simulator.stats().await?;
        let entity = self.target.entity;
        self.expect(name, "requests", after.pushes(entity) - before.pushes(entity), 0);
        self.expect(name, "created or updated", row.created + row.updated, 0);
        self.expect(name, "failed", row.failed, 0);
        Ok(())
    }

    async fn push_what_changed(&mut self) -> anyhow::Result<()> {
        let count = self.sizes.touched;
        note(format_args!("5/5 changing {count} customers here and pushing what changed"));
        touch(&mut self.client, count.into(), self.sizes.seed).await?;
        let before = self.simulator.stats().await?;
        syncs::settled(&self.client).await?;
        let name = format!("incremental, {count} changed");
        let row = self.sync(&name, SyncType::Incremental, SyncDirection::ToGeniacs).await?;
        let after = self.simulator.stats().await?;
        self.expect(&name, "records sent", after.pushed_records() - before.pushed_records(), count.into());
        self.expect(&name, "updated", row.updated, count.into());
        self.expect(&name, "created or failed", row.created + row.failed, 0);
        Ok(())
    }
}
