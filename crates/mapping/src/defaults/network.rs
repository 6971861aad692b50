//! Network access servers, and what is measured there.

use super::{date, number, one_of, reference, status_of, text};
use crate::FieldMapping;
use domain::EntityType;
use serde_json::json;

pub(super) fn monitoring_data() -> Vec<FieldMapping> {
    const METRICS: [&str; 11] = [
        "cpu_usage",
        "memory_usage",
        "bandwidth",
        "connection_count",
        "uptime",
        "download_bytes",
        "upload_bytes",
        "latency_ms",
        "packet_loss",
        "rx_power_dbm",
        "session_time",
    ];
    vec![
        one_of("metric_type", "monitoring_metric_type", &METRICS).required(),
        number("value", "monitoring_value").required(),
        date("recorded_at", "monitoring_recorded_at").required(),
        text("unit", "monitoring_unit"),
        reference(EntityType::NasServers),
        reference(EntityType::Subscriptions),
    ]
}

pub(super) fn nas_servers() -> Vec<FieldMapping> {
    vec![
        text("nasname", "nas_server_name").required().valid(json!({"required": true})),
        text("shortname", "nas_server_short_name"),
        text("type", "nas_server_type"),
        number("ports", "nas_server_ports").valid(json!({"min": 0})),
        text("description", "nas_server_description"),
        text("ip_address", "nas_server_ip_address").transformed(json!({"format": "ip"})),
        number("api_port", "nas_server_api_port").valid(json!({"min": 1, "max": 65_535})),
        status_of(EntityType::NasServers, "nas_server_status"),
        text("location", "nas_server_location"),
        date("last_seen_at", "nas_server_last_seen_at"),
    ]
}
