//! One measured line.

use serde::Serialize;
use std::collections::BTreeMap;

/// What was measured, beside what it is compared with.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Line {
    /// The part of the benchmark.
    pub part: &'static str,
    /// What was measured.
    pub what: String,
    /// How much of it a second; for a time, how often it fits into a second.
    pub rate: f64,
    /// What the rate counts.
    pub unit: &'static str,
    /// Seconds that the whole took, or microseconds of one, as the unit says.
    pub seconds: f64,
    /// Latencies in milliseconds, where there are any.
    pub latency: Option<Latency>,
    /// Ceilings by their names, with their rates.
    pub ceilings: Vec<Ceiling>,
    /// The rate in each tenth of the run.
    pub tenths: Vec<f64>,
    /// The most bytes that each process held so far.
    pub memory: BTreeMap<String, u64>,
}

/// Latencies in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Latency {
    /// Half of all are below.
    pub p50: f64,
    /// 99 of 100 are below.
    pub p99: f64,
}

/// What a line is compared with.
#[derive(Debug, Clone, Serialize)]
pub struct Ceiling {
    /// Which.
    pub name: &'static str,
    /// How much of the same a second.
    pub rate: f64,
    /// Its latencies, where there are any.
    pub latency: Option<Latency>,
}

impl Ceiling {
    /// A ceiling that has no latencies.
    pub fn of(name: &'static str, rate: f64) -> Self {
        Self { name, rate, latency: None }
    }
}

impl Line {
    /// The share of a ceiling that was reached.
    pub fn share(&self, ceiling: &Ceiling) -> f64 {
        if ceiling.rate > 0.0 { self.rate / ceiling.rate } else { 0.0 }
    }
}
