//! Samples: every five minutes some values of each server, and of some subscriptions in turn.

use super::calendar::{moment_of, month_before, written_moment};
use super::{CopyLine, Provider, Random};
use domain::EntityType;

pub(super) const COLUMNS: &str = "nas_server_id, subscription_id, metric_type, value, unit, recorded_at";

const STEP_SECONDS: u64 = 300;
/// Subscriptions that are looked at in one step.
const PER_STEP: u64 = 300;

/// A metric, its unit, and the values that it takes, in hundredths.
type Metric = (&'static str, &'static str, u64, u64);
const OF_SERVERS: [Metric; 5] = [
    ("cpu_usage", "percent", 200, 9_500),
    ("memory_usage", "percent", 2_000, 9_000),
    ("bandwidth", "mbps", 10_000, 900_000),
    ("connection_count", "connections", 1_000, 200_000),
    ("uptime", "seconds", 100, 1_000_000_000),
];
const OF_SUBSCRIPTIONS: [Metric; 6] = [
    ("download_bytes", "bytes", 100_000, 900_000_000_000),
    ("upload_bytes", "bytes", 100_000, 90_000_000_000),
    ("latency_ms", "ms", 80, 12_000),
    ("packet_loss", "percent", 0, 500),
    ("rx_power_dbm", "dBm", 1_500, 2_900),
    ("session_time", "seconds", 6_000, 8_640_000),
];

/// A row of the table `monitoring_data`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    nas_server_id: Option<i64>,
    subscription_id: Option<i64>,
    metric: Metric,
    value: String,
    recorded_at: String,
}

impl Provider {
    /// No two are of the same thing, metric and moment.
    pub(super) fn sample(&self, index: u64) -> Sample {
        let random = &mut self.random(EntityType::MonitoringData, self.samples.number(index));
        let kinds = OF_SERVERS.len() as u64;
        let (of_servers, of_subscriptions) = (kinds * self.nas_servers.count, PER_STEP.min(self.subscriptions.count));
        let per_step = (of_servers + of_subscriptions).max(1);
        let (step, place) = (index / per_step, index % per_step);
        let (nas_server_id, subscription_id, metric) = if place < of_servers {
            (Some(self.nas_servers.id(place / kinds)), None, pick_metric(&OF_SERVERS, place))
        } else {
            let subscription = (step * of_subscriptions + place - of_servers) % self.subscriptions.count.max(1);
            let server = self.subscription(subscription).nas_server_id;
            (server, Some(self.subscriptions.id(subscription)), pick_metric(&OF_SUBSCRIPTIONS, step))
        };
        let recorded_at = written_moment(moment_of(month_before(1), step * STEP_SECONDS));
        Sample { nas_server_id, subscription_id, metric, value: random_value(metric, random), recorded_at }
    }
}

fn pick_metric(metrics: &[Metric], place: u64) -> Metric {
    metrics[usize::try_from(place).unwrap_or_default() % metrics.len()]
}

/// Whole where parts make no sense, else with two decimals.
fn random_value((name, unit, low, high): Metric, random: &mut Random) -> String {
    let hundredths = low + random.below(high - low);
    let sign = if name == "rx_power_dbm" { "-" } else { "" };
    match unit {
        "bytes" | "seconds" | "connections" => (hundredths / 100).to_string(),
        _ => format!("{sign}{}.{:02}", hundredths / 100, hundredths % 100),
    }
}

impl Sample {
    pub(super) fn write(&self, line: &mut CopyLine<'_>) {
        let (name, unit, ..) = self.metric;
        line.optional(self.nas_server_id).optional(self.subscription_id).value(name).value(&self.value);
        line.value(unit).value(&self.recorded_at);
    }
}
