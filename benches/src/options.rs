//! What is measured, and how much of it.

use clap::{Parser, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// Sizes of `push` and `pull` unless told.
const SIZES: [u64; 3] = [1_000, 10_000, 100_000];
/// One more with `--large`.
const LARGE: u64 = 1_000_000;
/// What is done three times.
const SHORT: u64 = 10_000;

/// Measures the system; each line beside its ceiling.
#[derive(Debug, Clone, Parser)]
#[command(version)]
pub struct Options {
    /// What to measure; everything unless told.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub what: Vec<Part>,
    /// Push and pull 1,000,000 customers, too.
    #[arg(long)]
    pub large: bool,
    /// How many customers to push and pull, instead of the usual sizes.
    #[arg(long, value_delimiter = ',')]
    pub sizes: Vec<u64>,
    /// Records per request of a push and a pull, instead of the system's own default.
    #[arg(long, default_value_t = 100)]
    pub batch: u32,
    /// Seconds that one measurement of webhooks takes.
    #[arg(long, default_value_t = 3.0)]
    pub seconds: f64,
    /// Records that one measurement of mappings takes.
    #[arg(long, default_value_t = 200_000)]
    pub mapped: u32,
    /// Log rows that reads are measured with; a tenth of them as many syncs and webhook events.
    #[arg(long, default_value_t = 10_000_000)]
    pub logs: u64,
    /// How often what takes little time is measured; the median counts.
    #[arg(long, default_value_t = 3)]
    pub runs: usize,
    /// The folder for the results as JSON.
    #[arg(long, default_value = ".local/bench")]
    pub output: PathBuf,
}

/// A part of the benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Field mappings alone.
    Mapping,
    /// Webhooks, from their sender to the record.
    Webhooks,
    /// Customers to Geniacs.
    Push,
    /// Customers from Geniacs.
    Pull,
    /// Every GET route on a database of a year.
    Reads,
    /// The dashboard in a browser, with a million of everything behind its pages.
    Dashboard,
}

impl Options {
    /// The parts to measure, in order.
    pub fn parts(&self) -> Vec<Part> {
        let all = Part::value_variants();
        all.iter().copied().filter(|part| self.what.is_empty() || self.what.contains(part)).collect()
    }

    /// The sizes of a push and a pull.
    pub fn sizes(&self) -> Vec<u64> {
        let mut sizes = if self.sizes.is_empty() { SIZES.to_vec() } else { self.sizes.clone() };
        if self.large {
            sizes.push(LARGE);
        }
        sizes
    }

    /// How often a size is measured: once where it takes long anyway.
    pub fn runs_of(&self, size: u64) -> usize {
        if size > SHORT { 1 } else { self.runs.max(1) }
    }

    /// How long one measurement of webhooks takes.
    pub fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.seconds.clamp(0.05, 600.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_measured_unless_told() {
        let options = Options::parse_from(["geniacs-bench"]);
        assert_eq!(options.parts(), Part::value_variants());
        assert_eq!(options.sizes(), SIZES);
        let some = Options::parse_from(["geniacs-bench", "--what", "pull,mapping", "--large", "--sizes", "10"]);
        assert_eq!((some.parts(), some.sizes()), (vec![Part::Mapping, Part::Pull], vec![10, LARGE]));
        assert_eq!((some.runs_of(10), some.runs_of(LARGE)), (3, 1));
    }
}
