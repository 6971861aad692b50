//! The results, for people and as JSON.

use crate::line::{Ceiling, Line};
use anyhow::Context;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The lines as a table, each with its ceilings below.
pub fn table(lines: &[Line]) -> String {
    let mut text = String::new();
    let mut part = "";
    for line in lines {
        if line.part != part {
            part = line.part;
            let _ = writeln!(text, "\n{part}");
        }

        let _ = writeln!(text, "  {:<58} {:>12} {:<12}{}", line.what, grouped(line.rate), line.unit, latencies(line));

        for ceiling in &line.ceilings {
            let _ = writeln!(text, "    {}", beside(line, ceiling));
        }
        if let (Some(first), Some(last)) = (line.tenths.first(), line.tenths.last()) {
            let _ = writeln!(text, "    first tenth {}, last tenth {}", grouped(*first), grouped(*last));
        }
        if !line.memory.is_empty() {
            let shown = line.memory.iter().map(|(name, bytes)| format!("{name} {} MiB", bytes >> 20));
            let _ = writeln!(text, "    most memory: {}", shown.collect::<Vec<_>>().join(", "));
        }
    }
    text
}

fn beside(line: &Line, ceiling: &Ceiling) -> String {
    let latency = ceiling.latency.map_or_else(String::new, |l| format!(", p50 {:.1} ms, p99 {:.1} ms", l.p50, l.p99));
    format!("{:>5.0} % of {} ({}{latency})", line.share(ceiling) * 100.0, ceiling.name, grouped(ceiling.rate))
}

fn latencies(line: &Line) -> String {
    match line.latency {
        Some(latency) => format!(" p50 {:.1} ms, p99 {:.1} ms", latency.p50, latency.p99),
        None if line.seconds > 0.0 && line.seconds < 0.001 => format!(" {:.2} µs each", line.seconds * 1e6),
        None => format!(" {:.2} s", line.seconds),
    }
}

/// A number with its thousands apart.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes all lines to a new file of a folder and returns its path.
pub fn write(folder: &Path, machine: &Value, lines: &[Line]) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let now = chrono::Utc::now();
    let results = json!({"at": now.to_rfc3339(), "machine": machine, "lines": lines});
    let path = folder.join(format!("{}.json", now.format("%Y%m%d-%H%M%S")));
    std::fs::write(&path, serde_json::to_vec_pretty(&results)?)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(path)
}

/// Cores, and how busy the machine is: figures of a busy one mean little.
pub fn machine() -> Value {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let busy: f64 = load.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    json!({"cores": cores, "load_before": busy})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_shows_its_share_of_each_ceiling() {
        let line = Line {
            part: "push",
            what: "1,000 customers".to_owned(),
            rate: 5_000.0,
            unit: "records/s",
            seconds: 0.2,
            ceilings: vec![Ceiling::of("one upsert per page", 20_000.0)],
            tenths: vec![4_000.0, 6_000.0],
            ..Line::default()
        };

        let text = table(&[line]);
        assert!(text.contains("5,000 records/s"), "{text}");
        assert!(text.contains("25 % of one upsert per page (20,000)"), "{text}");
        assert!(text.contains("first tenth 4,000, last tenth 6,000"), "{text}");
    }
}
