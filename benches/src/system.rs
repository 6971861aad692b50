//! The whole system as processes, on servers of the environment, and a connection to its database.

use anyhow::{Context, bail};
use end_to_end::{Process, Stack, StackOptions};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio_postgres::NoTls;

/// A sync that stands still for so long is given up.
const PATIENCE: Duration = Duration::from_mins(3);

/// A running system whose partner is a process, too.
pub(crate) struct System {
    pub(crate) stack: Stack,
    pub(crate) sql: tokio_postgres::Client,
}

/// How far a sync had come at a moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) seconds: f64,
    pub(crate) records: f64,
}

/// What became of a sync.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) seconds: f64,
    pub(crate) samples: Vec<Sample>,
}

impl System {
    pub(crate) async fn start(workers: usize, batch: u32) -> anyhow::Result<Self> {
        Self::start_with(workers, batch, Vec::new()).await
    }

    /// With settings beside those that every measured system has.
    pub(crate) async fn start_with(
        workers: usize,
        batch: u32,
        further: Vec<(&'static str, String)>,
    ) -> anyhow::Result<Self> {
        let mut settings = vec![
            ("GENIACS_BATCH_SIZE", batch.to_string()),
            // One caller asks more often here than any may elsewhere.
            ("GENIACS_RATES__TOKEN_PER_SECOND", "0".to_owned()),
            ("GENIACS_RATES__ADDRESS_PER_SECOND", "0".to_owned()),
        ];
        settings.extend(further);

        let options = StackOptions { workers, settings, partner_apart: true, ..StackOptions::default() };
        let stack = Stack::start(options).await;
        let (sql, connection) = tokio_postgres::connect(stack.database.url(), NoTls).await?;
        tokio::spawn(connection);
        Ok(Self { stack, sql })
    }

    /// Runs a sync of customers to its end, which must be a success, with so many records where that is known.
    pub(crate) async fn sync(&self, request: &Value, records: impl Into<Option<u64>>) -> anyhow::Result<Ended> {
        let mut body = request.clone();
        if let Some(fields) = body.as_object_mut() {
            fields.insert("integration_id".to_owned(), self.stack.integration_id.into());
            fields.insert("entity_type".to_owned(), "customers".into());
        }

        let answer = self.stack.post("/api/geniacs/sync/trigger", &body).await;
        let id = answer.pointer("/data/sync/id").and_then(Value::as_i64).context("the answer names no sync")?;
        let samples = self.watch(id).await?;

        let sql = "SELECT status::text, extract(epoch FROM completed_at - created_at)::float8,
                (SELECT coalesce(sum(records_read), 0)::bigint FROM sync_chunks WHERE sync_id = s.id)
            FROM geniacs_data_sync s WHERE id = $1";
        let row = self.sql.query_one(sql, &[&id]).await?;
        let (status, seconds, read): (String, f64, i64) = (row.get(0), row.get(1), row.get(2));
        let (read, records) = (u64::try_from(read)?, records.into());

        if status != "success" || records.is_some_and(|records| records != read) {
            bail!("the sync ended as {status} with {read} records instead of {}", records.unwrap_or(read));
        }
        Ok(Ended { seconds, samples })
    }

    /// Looks at a sync until it has ended, seldom enough to cost nothing.
    async fn watch(&self, id: i64) -> anyhow::Result<Vec<Sample>> {
        let sql = "SELECT completed_at IS NULL, extract(epoch FROM clock_timestamp() - created_at)::float8,
                (SELECT coalesce(sum(records_read), 0)::float8 FROM sync_chunks WHERE sync_id = s.id)
            FROM geniacs_data_sync s WHERE id = $1";
        let question = self.sql.prepare(sql).await?;
        let (mut samples, mut moved) = (Vec::<Sample>::new(), Instant::now());
        let mut pause = Duration::from_millis(20);

        loop {
            let row = self.sql.query_one(&question, &[&id]).await?;
            let sample = Sample { seconds: row.get(1), records: row.get(2) };
            if samples.last().is_none_or(|last| last.records < sample.records) {
                samples.push(sample);
                moved = Instant::now();
            }

            if !row.get::<_, bool>(0) {
                return Ok(samples);
            }
            if moved.elapsed() > PATIENCE {
                bail!("the sync stands still at {} records", sample.records);
            }
            tokio::time::sleep(pause).await;
            pause = (pause + pause / 10).min(Duration::from_millis(500));
        }
    }

    /// Forgets all customers and syncs; the partner keeps what it has.
    pub(crate) async fn forget(&self) -> anyhow::Result<()> {
        let sql = "TRUNCATE customers, record_links, sync_positions, geniacs_data_sync, geniacs_sync_logs
            RESTART IDENTITY CASCADE";
        Ok(self.sql.batch_execute(sql).await?)
    }

    /// The most memory that each process has held so far.
    pub(crate) fn memory(&self) -> BTreeMap<String, u64> {
        let stack = &self.stack;
        let mut processes: Vec<(String, &Process)> =
            [("gateway", &stack.gateway), ("ingest", &stack.ingest), ("scheduler", &stack.scheduler)]
                .map(|(name, process)| (name.to_owned(), process))
                .into();
        let workers = stack.workers.iter().enumerate();
        processes.extend(workers.map(|(number, worker)| (format!("worker {}", number + 1), worker)));
        if let end_to_end::Partner::Apart(simulator) = &stack.partner {
            processes.push(("simulator".to_owned(), simulator));
        }
        processes.into_iter().filter_map(|(name, process)| Some((name, process.peak_memory()?))).collect()
    }
}
