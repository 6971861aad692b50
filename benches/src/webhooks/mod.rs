//! Signed webhooks, from their sender to the ingest's answer and to the applied record.

mod applied;
mod echo;
mod publisher;
mod sender;

use crate::drive::{Driven, drive};
use crate::line::{Ceiling, Latency, Line};
use crate::options::Options;
use crate::stats::median;
use crate::system::System;
use echo::Echo;
use publisher::Publishers;
use sender::{Address, Sender};
use serde_json::json;

/// Bytes of one event: what a webhook with a whole record has.
const BODY: usize = 1_024;
/// Webhooks on their way at once.
const IN_FLIGHT: [usize; 4] = [1, 8, 64, 256];
/// While a worker applies them, and at half of the rate.
const APPLIED_IN_FLIGHT: usize = 64;
/// Records that the events are about.
const RECORDS: u64 = 1_000;

/// Measures the ingest, beside publishing and an HTTP server that only checks signatures.
pub async fn measure(options: &Options) -> anyhow::Result<Vec<Line>> {
    let mut bench = Bench::start(options).await?;
    let mut lines = Vec::new();
    let mut half = None;
    for in_flight in IN_FLIGHT {
        let (publishes, echoes) = (bench.publishes(in_flight, None).await?, bench.echoes(in_flight).await?);
        if in_flight == APPLIED_IN_FLIGHT {
            half = Some(publishes.rate / 2.0);
            let applied = bench.accepted(in_flight, None).await?;
            lines.push(line(format!("accepted, {in_flight} at once, a worker applies them"), applied, &[publishes]));
            lines.push(bench.applied().await?);
        }
        bench.references.push((in_flight, publishes, echoes));
    }

    bench.system.stack.workers.clear();
    for (in_flight, publishes, echoes) in bench.references.clone() {
        bench.forget_events().await?;
        let accepted = bench.accepted(in_flight, None).await?;
        lines.push(line(format!("accepted, {in_flight} at once"), accepted, &[publishes, echoes]));
    }

    if let Some(pace) = half {
        bench.forget_events().await?;
        let accepted = bench.accepted(APPLIED_IN_FLIGHT, Some(pace)).await?;
        let publishes = bench.publishes(APPLIED_IN_FLIGHT, Some(pace)).await?;
        lines.push(line("accepted at half the rate of the publishes".to_owned(), accepted, &[publishes]));
    }

    bench.publishers.delete().await?;
    Ok(lines)
}

/// A measurement, named.
#[derive(Debug, Clone, Copy)]
struct Measured {
    name: &'static str,
    rate: f64,
    latency: Option<Latency>,
}

struct Bench<'a> {
    options: &'a Options,
    system: System,
    address: Address,
    publishers: Publishers,
    echo: Echo,
    references: Vec<(usize, Measured, Measured)>,
    /// The number of the next event.
    next: u64,
}

impl<'a> Bench<'a> {
    async fn start(options: &'a Options) -> anyhow::Result<Self> {
        let system = System::start(1, options.batch).await?;
        system.stack.admin("seed", &json!({"entity": "customers", "count": RECORDS, "seed": 7})).await;
        let pull = json!({"sync_type": "full", "sync_direction": "from_geniacs"});
        system.sync(&pull, RECORDS).await?;
        let rows = system.sql.query("SELECT geniacs_id FROM record_links ORDER BY local_id", &[]).await?;
        let records = rows.into_iter().map(|row| row.get(0)).collect();
        let address = Address::of(&system.stack.webhook_url(), &system.stack.webhook_secret, records)?;
        let echo = Echo::start(&address)?;
        let publishers = Publishers::open().await?;
        Ok(Self { options, system, address, publishers, echo, references: Vec::new(), next: 0 })
    }

    /// The median of some runs against the ingest.
    async fn accepted(&mut self, in_flight: usize, pace: Option<f64>) -> anyhow::Result<Measured> {
        let mut runs = Vec::new();
        for _ in 0..self.options.runs.max(1) {
            let callers = self.address.senders(in_flight).await?;
            let driven = drive(callers, pace, self.options.duration(), self.next).await?;
            self.next = driven.next;
            runs.push(driven);
        }
        Ok(middle("accepted", &runs))
    }

    async fn publishes(&self, in_flight: usize, pace: Option<f64>) -> anyhow::Result<Measured> {
        let mut runs = Vec::new();
        for _ in 0..self.options.runs.max(1) {
            runs.push(drive(self.publishers.callers(in_flight), pace, self.options.duration(), 0).await?);
            self.publishers.purge().await?;
        }
        Ok(middle("bare confirmed publishes", &runs))
    }

    async fn echoes(&self, in_flight: usize) -> anyhow::Result<Measured> {
        let mut runs = Vec::new();
        for _ in 0..self.options.runs.max(1) {
            let callers: Vec<Sender> = self.echo.address.senders(in_flight).await?;
            runs.push(drive(callers, None, self.options.duration(), 0).await?);
        }
        Ok(middle("a bare server with the same check", &runs))
    }

    async fn applied(&mut self) -> anyhow::Result<Line> {
        self.forget_events().await?;
        let (line, next) = applied::measure(&self.system, &self.address, self.options, self.next).await?;
        self.next = next;
        Ok(line)
    }

    /// Ends what still waits, so that the next measurement does not pay for the last one.
    async fn forget_events(&self) -> anyhow::Result<()> {
        let ended = "UPDATE geniacs_webhook_events SET state = 'processed', processed = true, outcome = 'updated'
            WHERE state IN ('received', 'failed')";
        Ok(self.system.sql.batch_execute(ended).await?)
    }
}

fn middle(name: &'static str, runs: &[Driven]) -> Measured {
    let latency =
        |of: fn(&Latency) -> f64| median(runs.iter().filter_map(|run| run.latency.as_ref().map(of)).collect());
    Measured {
        name,
        rate: median(runs.iter().map(|run| run.rate).collect()),
        latency: Some(Latency { p50: latency(|l| l.p50), p99: latency(|l| l.p99) }),
    }
}

fn line(what: String, measured: Measured, beside: &[Measured]) -> Line {
    let ceiling = |m: &Measured| Ceiling { name: m.name, rate: m.rate, latency: m.latency };
    Line {
        part: "webhooks",
        what,
        rate: measured.rate,
        unit: "webhooks/s",
        latency: measured.latency,
        ceilings: beside.iter().map(ceiling).collect(),
        ..Line::default()
    }
}
