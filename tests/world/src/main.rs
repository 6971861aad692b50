//! Tells stories of the simulated world, many of them: `make world`.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use world::{Database, Report, on_one_thread, seeds, tell};

fn main() -> ExitCode {
    if let Some(seed) = variable("SEED").and_then(|text| text.parse().ok()) {
        return one(seed);
    }

    let text = variable("SEEDS").unwrap_or_else(|| "100".to_owned());
    let wanted = match text.parse::<u64>() {
        Ok(count) => (0..count).collect(),
        Err(_) => seeds::parse(&text).unwrap_or_default(),
    };

    if wanted.is_empty() {
        eprintln!("SEEDS is a number of stories, or ranges: 1000, 40-79, 3,17");
        return ExitCode::from(2);
    }

    many(wanted)
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// One story, told in full.
fn one(seed: u64) -> ExitCode {
    let report = on_one_thread(async { tell(&Rc::new(Database::create().await), seed).await });
    for line in &report.timeline {
        println!("{line}");
    }
    println!("{}", verdict(&report));
    if report.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn verdict(report: &Report) -> String {
    if report.violations.is_empty() {
        return format!("{}\t{:.1}\tfine", report.seed, report.took.as_secs_f64());
    }
    let texts: Vec<String> = report.violations.iter().map(|v| format!("[{}] {}", v.check, v.text)).collect();
    format!("{}\t{:.1}\t{}", report.seed, report.took.as_secs_f64(), texts.join(" | "))
}

/// Many stories, on several threads. Verdicts go to a file; what stands there is not told again.
fn many(wanted: Vec<u64>) -> ExitCode {
    let path = variable("RESULTS").unwrap_or_else(|| ".local/world.results".to_owned());
    let told = std::fs::read_to_string(&path).unwrap_or_default();
    let told: BTreeSet<u64> = told.lines().filter_map(|line| line.split('\t').next()?.parse().ok()).collect();
    let left: Vec<u64> = wanted.into_iter().filter(|seed| !told.contains(seed)).collect();

    let file = std::fs::OpenOptions::new().create(true).append(true).open(&path);
    let Ok(file) = file else {
        eprintln!("{path} cannot be written");
        return ExitCode::from(2);
    };

    let threads = variable("JOBS").and_then(|text| text.parse().ok()).unwrap_or(2);
    let (left, next, bad, file) =
        (Arc::new(left), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(file)));
    let began = Instant::now();

    let workers: Vec<_> = (0..threads)
        .map(|_| {
            let (left, next, bad, file) = (left.clone(), next.clone(), bad.clone(), file.clone());
            std::thread::spawn(move || {
                on_one_thread(async {
                    let database = Rc::new(Database::create().await);
                    while let Some(seed) = left.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let report = tell(&database, *seed).await;
                        let line = verdict(&report);
                        if !report.violations.is_empty() {
                            bad.fetch_add(1, Ordering::Relaxed);
                            println!("{line}");
                        }
                        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                        let _ = writeln!(file, "{line}");
                    }
                });
            })
        })
        .collect();

    let mut broken = false;
    for worker in workers {
        broken |= worker.join().is_err();
    }

    let bad = bad.load(Ordering::Relaxed);
    println!("{} stories in {:.0} s, {bad} end badly; verdicts in {path}", left.len(), began.elapsed().as_secs_f64());
    if broken || bad > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
