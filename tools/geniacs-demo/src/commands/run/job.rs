//! The parties of the job, and what a step leaves behind.

use super::Sizes;
use super::table::StepRow;
use crate::simulator::Simulator;
use anyhow::{anyhow, bail};
use domain::{EntityType, SyncDirection, SyncStatus, SyncType};
use geniacsctl::gateway::Gateway;
use geniacsctl::gateway::sync::Sync;
use geniacsctl::print::Output;
use geniacsctl::watch::{Screen, watch_sync};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::time::timeout;
use tokio_postgres::Client;

/// Far more than a step takes on a slow machine.
const STEP_LIMIT: Duration = Duration::from_mins(30);

pub(super) struct Job {
    pub(super) gateway: Gateway,
    pub(super) simulator: Simulator,
    pub(super) client: Client,
    pub(super) webhook_url: String,
    pub(super) webhook_secret: String,
    pub(super) integration_id: i64,
    pub(super) sizes: Sizes,
    pub(super) output: Output,
    pub(super) rows: Vec<StepRow>,
    /// Numbers that are not as they must be.
    pub(super) complaints: Vec<String>,
}

/// A step of the job.
#[derive(Debug, Clone)]
pub(super) struct DemoStep {
    pub(super) name: String,
    pub(super) entity: EntityType,
    pub(super) sync_type: SyncType,
    pub(super) direction: SyncDirection,
}

impl Job {
    /// Runs a sync to its end, and adds its row.
    pub(super) async fn sync(&mut self, step: &DemoStep) -> anyhow::Result<StepRow> {
        let request = json!({
            "integration_id": self.integration_id,
            "sync_type": step.sync_type,
            "entity_type": step.entity,
            "sync_direction": step.direction,
        });

        let started = Instant::now();
        let (sync, _) = self.gateway.trigger(&request).await?;
        let what = format!("{} of {}", step.name, step.entity);

        let mut screen = Screen::new(&what, self.output);
        let ended = timeout(STEP_LIMIT, watch_sync(&self.gateway, sync.id, &mut screen)).await;
        let (sync, _) = ended.map_err(|_| anyhow!("the {what} (sync {}) did not end within 30 minutes", sync.id))??;

        let row = step_row(step, &sync, started.elapsed());
        self.expect(step, "processed records", row.records, sync.progress.total_records.unwrap_or(row.records));

        match sync.status {
            SyncStatus::Success | SyncStatus::Partial => self.rows.push(row.clone()),
            status => {
                let reason = sync.error_message.unwrap_or_else(|| "see its errors and the services' logs".to_owned());
                bail!("the {what} (sync {}) ended {status}: {reason}", sync.id);
            }
        }
        Ok(row)
    }

    /// Notes a number that is not as it must be.
    pub(super) fn expect(&mut self, step: &DemoStep, what: &str, found: u64, expected: u64) {
        if found != expected {
            self.complaints.push(format!("{} of {}: {found} {what} instead of {expected}", step.name, step.entity));
        }
    }
}

fn step_row(step: &DemoStep, sync: &Sync, took: Duration) -> StepRow {
    StepRow {
        name: step.name.clone(),
        entity: step.entity,
        direction: step.direction,
        records: sync.progress.processed_records,
        created: sync.summary.created,
        updated: sync.summary.updated,
        unchanged: sync.summary.unchanged,
        failed: sync.summary.failed,
        seconds: took.as_secs_f64(),
    }
}
