//! Customers to Geniacs and from there, through two workers and a simulator, all of them processes.

mod ceilings;
mod pace;
mod provider;

use crate::line::{Ceiling, Line};
use crate::options::Options;
use crate::stats::{median, number};
use crate::system::{Ended, System};
use serde_json::{Value, json};

const WORKERS: usize = 2;

/// Measures pushes.
pub async fn push(options: &Options) -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    for size in options.sizes() {
        let system = System::start(WORKERS, options.batch).await?;
        let mut runs = Runs::default();
        for _ in 0..options.runs_of(size) {
            system.forget().await?;
            system.stack.admin("reset", &json!({})).await;
            provider::load(&system.sql, size).await?;
            runs.first.push(system.sync(&request("full", "to_geniacs"), size).await?);
            runs.next.push(system.sync(&request("incremental", "to_geniacs"), None).await?);
            // From the beginning of time, so that every record is looked at although its position is done.
            let mut unchanged = request("incremental", "to_geniacs");
            unchanged["filters"] = json!({"updated_since": "2000-01-01T00:00:00Z"});
            runs.again.push(system.sync(&unchanged, size).await?);
        }

        let memory = system.memory();
        let rows = provider::rows(&system.sql).await?;
        let ceilings = vec![
            ceilings::upserts(&system.sql, &rows, options).await?,
            ceilings::posts(&system.stack, &rows, options).await?,
        ];

        lines.extend(three_lines("push", size, runs, ceilings, memory));
    }
    Ok(lines)
}

/// Measures pulls.
pub async fn pull(options: &Options) -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    for size in options.sizes() {
        let system = System::start(WORKERS, options.batch).await?;
        system.stack.admin("seed", &json!({"entity": "customers", "count": size, "seed": 7})).await;
        let mut runs = Runs::default();
        for _ in 0..options.runs_of(size) {
            system.forget().await?;
            runs.first.push(system.sync(&request("full", "from_geniacs"), size).await?);
            runs.next.push(system.sync(&request("incremental", "from_geniacs"), None).await?);
            runs.again.push(system.sync(&request("full", "from_geniacs"), size).await?);
        }

        let memory = system.memory();
        let rows = provider::rows(&system.sql).await?;
        let ceilings = vec![
            ceilings::upserts(&system.sql, &rows, options).await?,
            ceilings::pages(&system.stack, size, options).await?,
        ];

        lines.extend(three_lines("pull", size, runs, ceilings, memory));
    }
    Ok(lines)
}

fn request(sync_type: &str, direction: &str) -> Value {
    json!({"sync_type": sync_type, "sync_direction": direction})
}

/// The runs of one size.
#[derive(Default)]
struct Runs {
    first: Vec<Ended>,
    /// What a schedule would do next: incremental, nothing having changed.
    next: Vec<Ended>,
    /// All records looked at once more, nothing having changed.
    again: Vec<Ended>,
}

/// The first run beside its ceilings, and those in which nothing had changed beside the first.
fn three_lines(
    part: &'static str,
    size: u64,
    runs: Runs,
    ceilings: Vec<Ceiling>,
    memory: std::collections::BTreeMap<String, u64>,
) -> [Line; 3] {
    let tenths = runs.first.last().map(|run| pace::tenths(&run.samples, number(size))).unwrap_or_default();

    let line = |what: &str, runs: Vec<Ended>| {
        let seconds = median(runs.into_iter().map(|run| run.seconds).collect());
        let what = format!("{size} customers, {what}");
        Line { part, what, rate: number(size) / seconds, unit: "records/s", seconds, ..Line::default() }
    };

    let first = Line { ceilings, tenths, memory, ..line("first run", runs.first) };
    let beside_first = |line: Line| Line { ceilings: vec![Ceiling::of("its first run", first.rate)], ..line };
    let next = beside_first(line("the next incremental run, nothing changed", runs.next));
    let again = beside_first(line("all looked at again, nothing changed", runs.again));
    [first, next, again]
}
