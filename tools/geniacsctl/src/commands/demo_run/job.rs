//! The parties of the job, and what a step leaves behind.

use super::Sizes;
use super::table::Row;
use crate::commands::demo_check::Target;
use crate::commands::sync_watch::{Screen, watch};
use crate::gateway::Gateway;
use crate::gateway::sync::Sync;
use crate::simulator::Simulator;
use anyhow::{anyhow, bail};
use domain::{SyncDirection, SyncStatus, SyncType};
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
    pub(super) target: Target,
    pub(super) sizes: Sizes,
    pub(super) rows: Vec<Row>,
    /// Numbers that are not as they must be.
    pub(super) complaints: Vec<String>,
}

impl Job {
    /// Runs a sync to its end, and adds its row.
    pub(super) async fn sync(
        &mut self,
        name: &str,
        sync_type: SyncType,
        direction: SyncDirection,
    ) -> anyhow::Result<Row> {
        let request = json!({
            "integration_id": self.target.integration_id,
            "sync_type": sync_type,
            "entity_type": self.target.entity,
            "sync_direction": direction,
        });
        let started = Instant::now();
        let (sync, _) = self.gateway.trigger(&request).await?;
        let mut screen = Screen::new(name);
        let ended = timeout(STEP_LIMIT, watch(&self.gateway, sync.id, &mut screen)).await;
        let (sync, _) = ended.map_err(|_| anyhow!("the {name} (sync {}) did not end within 30 minutes", sync.id))??;
        let row = row(name, direction, &sync, started.elapsed());
        self.expect(name, "processed records", row.records, sync.progress.total_records.unwrap_or(row.records));
        match sync.status {
            SyncStatus::Success | SyncStatus::Partial => self.rows.push(row.clone()),
            status => {
                let reason = sync.error_message.unwrap_or_else(|| "see its errors and the services' logs".to_owned());
                bail!("the {name} (sync {}) ended {status}: {reason}", sync.id);
            }
        }
        Ok(row)
    }

    /// Notes a number that is not as it must be.
    pub(super) fn expect(&mut self, step: &str, what: &str, found: u64, expected: u64) {
        if found != expected {
            self.complaints.push(format!("{step}: {found} {what} instead of {expected}"));
        }
    }
}

fn row(name: &str, direction: SyncDirection, sync: &Sync, took: Duration) -> Row {
    Row {
        name: name.to_owned(),
        direction,
        records: sync.progress.processed_records,
        created: sync.summary.created,
        updated: sync.summary.updated,
        unchanged: sync.summary.unchanged,
        failed: sync.summary.failed,
        seconds: took.as_secs_f64(),
    }
}
