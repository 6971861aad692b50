//! Every GET route with its filters, and the counts of lists, on a database as a busy provider has it after a year.

mod calls;
mod load;

use crate::line::{Latency, Line};
use crate::options::Options;
use crate::stats::{latency, median, number};
use crate::system::System;
use calls::Call;
pub(crate) use load::load;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Calls on their way at once.
const IN_FLIGHT: usize = 4;
/// Calls of one round.
const CALLS: usize = 100;
/// What 99 of 100 calls may take.
const LIMIT: f64 = 50.0;

/// Loads the database and measures each call in several rounds; the median of the rounds counts.
pub async fn measure(options: &Options) -> anyhow::Result<Vec<Line>> {
    let mut system = System::start(1, options.batch).await?;
    let loaded = load(&system, options.logs).await?;
    system.stack.workers.clear();

    let calls = calls::all(&system, &loaded).await?;
    let caller = Caller::of(&system)?;
    let mut lines = Vec::with_capacity(calls.len());
    for call in calls {
        lines.push(caller.line(&call, options.runs.max(1)).await?);
    }

    lines.sort_by(|a, b| p99(b).total_cmp(&p99(a)));
    if let Some(last) = lines.last_mut() {
        last.memory = system.memory();
    }
    Ok(lines)
}

fn p99(line: &Line) -> f64 {
    line.latency.map_or(0.0, |latency| latency.p99)
}

/// A client with a token.
#[derive(Clone)]
struct Caller {
    http: reqwest::Client,
    origin: String,
    token: String,
}

impl Caller {
    fn of(system: &System) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()?;
        let stack = &system.stack;
        Ok(Self { http, origin: stack.gateway.url(), token: stack.token().to_owned() })
    }

    async fn line(&self, call: &Call, rounds: usize) -> anyhow::Result<Line> {
        // What is read for the first time comes from the disk; that is measured by nobody.
        self.ask(&call.path, call.body.as_ref()).await?;
        let (mut p50, mut p99, mut seconds) = (Vec::new(), Vec::new(), Vec::new());

        for _ in 0..rounds {
            let began = Instant::now();
            if let Some(latency) = self.round(call).await? {
                p50.push(latency.p50);
                p99.push(latency.p99);
            }
            seconds.push(began.elapsed().as_secs_f64());
        }

        let latency = Latency { p50: median(p50), p99: median(p99) };
        let mark = if latency.p99 > LIMIT { "  > 50 ms: " } else { "" };
        let seconds = median(seconds);
        let rate = number(u64::try_from(CALLS)?) / seconds;
        let what = format!("{mark}{}", call.what);
        Ok(Line { part: "reads", what, rate, unit: "calls/s", seconds, latency: Some(latency), ..Line::default() })
    }

    async fn round(&self, call: &Call) -> anyhow::Result<Option<Latency>> {
        let turns = Arc::new(AtomicUsize::new(0));
        let mut running = JoinSet::new();
        for _ in 0..IN_FLIGHT {
            running.spawn(self.clone().calls(call.path.clone(), call.body.clone(), turns.clone()));
        }
        let mut all = Vec::with_capacity(CALLS);
        while let Some(taken) = running.join_next().await {
            all.extend(taken??);
        }
        Ok(latency(all))
    }

    async fn calls(self, path: String, body: Option<Value>, turns: Arc<AtomicUsize>) -> anyhow::Result<Vec<Duration>> {
        let mut all = Vec::new();
        while turns.fetch_add(1, Ordering::Relaxed) < CALLS {
            let began = Instant::now();
            self.ask(&path, body.as_ref()).await?;
            all.push(began.elapsed());
        }
        Ok(all)
    }

    async fn ask(&self, path: &str, body: Option<&Value>) -> anyhow::Result<()> {
        let url = format!("{}{path}", self.origin);
        let request = match body {
            Some(body) => self.http.post(url).json(body),
            None => self.http.get(url),
        };
        let answer = request.bearer_auth(&self.token).send().await?;
        let status = answer.status();
        let body = answer.text().await?;
        anyhow::ensure!(status.is_success(), "{path}: {status}: {body}");
        Ok(())
    }
}
