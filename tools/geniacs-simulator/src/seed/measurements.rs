//! Monitoring samples.

use super::SeedItem;
use crate::random::Random;
use serde_json::{Value, json};

/// Seconds between one sample and the next: 100,000 of them take two months.
const STEP: u64 = 53;

/// Name, unit, and the range of the values in hundredths.
type Metric = (&'static str, &'static str, u64, u64);

const OF_NAS_SERVERS: &[Metric] = &[
    ("cpu_usage", "percent", 200, 9_800),
    ("memory_usage", "percent", 1_000, 9_000),
    ("bandwidth", "mbps", 1_000, 950_000),
    ("connection_count", "sessions", 1_000, 200_000),
    ("uptime", "seconds", 100, 900_000_000),
];
const OF_SUBSCRIPTIONS: &[Metric] = &[
    ("download_bytes", "bytes", 100_000, 90_000_000_000),
    ("upload_bytes", "bytes", 100_000, 9_000_000_000),
    ("latency_ms", "ms", 100, 9_000),
    ("packet_loss", "percent", 0, 500),
    ("session_time", "seconds", 100, 8_640_000),
];

/// A sample of a subscription where there is one to measure, else of a NAS server.
pub(super) fn sample_fields(item: &SeedItem<'_>, random: &mut Random) -> Value {
    let metrics = if item.links.subscription.is_some() { OF_SUBSCRIPTIONS } else { OF_NAS_SERVERS };
    let &(metric, unit, least, most) = random.choose(metrics);

    json!({
        "nas_server_id": item.links.nas_server,
        "subscription_id": item.links.subscription,
        "monitoring_metric_type": metric,
        "monitoring_value": value_in_hundredths(least + random.up_to(most - least), matches!(unit, "percent" | "ms" | "mbps")),
        "monitoring_unit": unit,
        "monitoring_recorded_at": item.calendar.seconds_ago(STEP * item.number),
    })
}

/// A number with its decimals, or without where only whole ones make sense.
pub(super) fn value_in_hundredths(value: u64, decimals: bool) -> Value {
    let (whole, rest) = (value / 100, value % 100);
    let text = if decimals { format!("{whole}.{rest:02}") } else { whole.to_string() };
    serde_json::from_str(&text).unwrap_or(Value::Null)
}
