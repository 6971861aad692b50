//! The dashboard in a browser, with a million of everything behind its pages.

use crate::line::{Ceiling, Latency, Line};
use crate::options::Options;
use crate::reads;
use crate::stats::latency;
use crate::system::System;
use anyhow::{Context, ensure};
use serde::Deserialize;
use serde_json::json;
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use tokio::task::spawn_blocking;

const STATEMENTS: &str = include_str!("load.sql");
/// Records, failures of one sync, and log rows.
const ROWS: u64 = 1_000_000;
/// The script of the checkout that builds and runs everything of the dashboard.
const SCRIPT: &str = "deploy/local/dashboard";
/// What an interaction may take until it is painted, in milliseconds.
const MOST_MILLISECONDS: f64 = 100.0;
/// What the page may hold, in megabytes.
const MOST_MEGABYTES: f64 = 150.0;
const EMAIL: &str = "bench@example.com";
const PASSWORD: &str = "a-long-enough-password-1";

/// What the browser's script writes.
#[derive(Deserialize)]
struct Measured {
    interactions: Vec<Interaction>,
    megabytes: f64,
}

#[derive(Deserialize)]
struct Interaction {
    what: String,
    milliseconds: Vec<f64>,
}

/// Loads the database and lets a browser use the pages.
pub async fn measure(options: &Options) -> anyhow::Result<Vec<Line>> {
    run(script("build")).await?;
    let folder = std::env::current_dir()?.join("frontend/dist");
    let folder = ("GENIACS_DASHBOARD__FOLDER", folder.display().to_string());
    let system = System::start_with(1, options.batch, vec![folder]).await?;
    let sync = fill(&system).await?;

    let person = json!({"email": EMAIL, "name": "Bench", "role": "admin", "password": PASSWORD});
    system.stack.post("/api/users", &person).await;
    let mut browser = script("bench");
    browser
        .env("GATEWAY_URL", system.stack.gateway.url())
        .env("LARGE_SYNC", sync.to_string())
        .env("ADMIN_EMAIL", EMAIL)
        .env("ADMIN_PASSWORD", PASSWORD);
    let output = run(browser).await?;
    let measured = serde_json::from_slice(&output.stdout).context("the browser's measures cannot be read")?;

    Ok(lines(measured))
}

/// Fills the tables; the number of the sync that has failed for every record.
async fn fill(system: &System) -> anyhow::Result<i64> {
    reads::load(system, ROWS).await?;
    let largest = "SELECT sync_id FROM sync_chunks GROUP BY 1 ORDER BY count(*) DESC LIMIT 1";
    let sync: i64 = system.sql.query_one(largest, &[]).await?.get(0);

    // As in `reads::load`: the rows are right by how they are made.
    system.sql.batch_execute("SET session_replication_role = replica").await?;
    let statements = STATEMENTS
        .replace("{rows}", &ROWS.to_string())
        .replace("{sync}", &sync.to_string())
        .replace("{integration}", &system.stack.integration_id.to_string());
    for statement in statements.split("\n---\n") {
        system.sql.batch_execute(statement).await?;
    }
    system.sql.batch_execute("RESET session_replication_role").await?;
    Ok(sync)
}

/// A command of the dashboard's script; what it says of a failure is shown.
fn script(command: &str) -> Command {
    let mut script = Command::new(SCRIPT);
    script.arg(command).stdin(Stdio::null()).stderr(Stdio::inherit());
    script
}

async fn run(mut command: Command) -> anyhow::Result<Output> {
    let output = spawn_blocking(move || command.output()).await?;
    let output = output.with_context(|| format!("{SCRIPT} cannot be run: start the benchmark from the checkout"))?;
    ensure!(output.status.success(), "{SCRIPT} failed ({}); see above", output.status);
    Ok(output)
}

fn lines(measured: Measured) -> Vec<Line> {
    let paints = measured.interactions.into_iter().map(|Interaction { what, milliseconds }| {
        let worst = milliseconds.iter().copied().fold(0.0, f64::max);
        let seconds = milliseconds.iter().map(|time| Duration::from_secs_f64(time / 1_000.0)).collect();
        Line { latency: latency(seconds), ..line(what, worst, "ms", MOST_MILLISECONDS) }
    });
    let memory =
        line("memory while 100,000 log rows are scrolled".to_owned(), measured.megabytes, "MB", MOST_MEGABYTES);

    paints.chain([Line { latency: None::<Latency>, ..memory }]).collect()
}

fn line(what: String, rate: f64, unit: &'static str, most: f64) -> Line {
    let ceilings = vec![Ceiling::of("what it may be", most)];
    Line { part: "dashboard", what, rate, unit, ceilings, ..Line::default() }
}

/// The measures that are beyond what they may be.
pub fn broken(lines: &[Line]) -> Vec<&str> {
    let is_broken = |line: &&Line| line.part == "dashboard" && line.ceilings.iter().any(|most| line.share(most) > 1.0);
    lines.iter().filter(is_broken).map(|line| line.what.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interaction_that_takes_longer_than_it_may_is_named() {
        let interactions = [("quick", 16.0), ("slow", 104.0)];
        let interactions =
            interactions.map(|(what, most)| Interaction { what: what.to_owned(), milliseconds: vec![8.0, most] });
        let lines = lines(Measured { interactions: interactions.into(), megabytes: 151.0 });
        assert_eq!(broken(&lines), ["slow", "memory while 100,000 log rows are scrolled"]);
    }
}
