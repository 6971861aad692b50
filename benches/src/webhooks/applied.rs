//! From the answer to a webhook to the applied record, at a fixed pace.

use super::sender::{Address, Answers};
use crate::drive::drive;
use crate::line::Line;
use crate::options::Options;
use crate::stats::latency;
use crate::system::System;
use anyhow::bail;
use std::collections::HashMap;
use std::sync::PoisonError;
use std::time::{Duration, Instant, SystemTime};

/// Webhooks a second.
const PACE: f64 = 1_000.0;
const SENDERS: usize = 32;
const PATIENCE: Duration = Duration::from_mins(1);

/// Sends at a pace, waits until all is applied, and returns the line and the number of the next event. The moment of an
/// application is that of the statement that ends the event, a moment before its commit.
pub(super) async fn measure(
    system: &System,
    address: &Address,
    options: &Options,
    first: u64,
) -> anyhow::Result<(Line, u64)> {
    let answers = Answers::default();
    let senders = address.noting(SENDERS, Some(&answers)).await?;
    let driven = drive(senders, Some(PACE), options.duration() * 2, first).await?;
    wait_until_applied(system).await?;

    let answered: HashMap<String, SystemTime> = answers
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .iter()
        .map(|(number, at)| (format!("bench-{number}"), *at))
        .collect();

    let sql = "SELECT event_id, processed_at FROM geniacs_webhook_events WHERE processed_at IS NOT NULL";
    let waited = system.sql.query(sql, &[]).await?.into_iter().filter_map(|row| {
        let (id, at): (String, SystemTime) = (row.get(0), row.get(1));
        Some(at.duration_since(*answered.get(&id)?).unwrap_or_default())
    });

    let line = Line {
        part: "webhooks",
        what: "applied after the answer, at 1,000 a second".to_owned(),
        rate: driven.rate,
        unit: "webhooks/s",
        latency: latency(waited.collect()),
        memory: system.memory(),
        ..Line::default()
    };
    Ok((line, driven.next))
}

async fn wait_until_applied(system: &System) -> anyhow::Result<()> {
    let started = Instant::now();
    let sql = "SELECT count(*) FROM geniacs_webhook_events WHERE state IN ('received', 'failed')";
    while system.sql.query_one(sql, &[]).await?.get::<_, i64>(0) > 0 {
        if started.elapsed() > PATIENCE {
            bail!("webhooks were not applied within a minute; see the worker's log");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
