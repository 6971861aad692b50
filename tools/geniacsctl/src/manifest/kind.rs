//! The three kinds of things that a manifest holds, told apart by data alone.

use domain::EntityType;
use serde_json::{Map, Value};

/// A kind of thing: its endpoint, what names one of them, and its fields in the order of the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ManifestKind {
    pub(crate) name: &'static str,
    pub(crate) plural: &'static str,
    /// The fields that name one among its integration's; they are never changed.
    pub(crate) identity: &'static [&'static str],
    pub(crate) fields: &'static [&'static str],
}

pub(crate) static INTEGRATION: ManifestKind = ManifestKind {
    name: "integration",
    plural: "integrations",
    identity: &["name"],
    fields: &[
        "name",
        "description",
        "endpoint_url",
        "api_version",
        "webhook_url",
        "is_active",
        "sync_enabled",
        "timeout_seconds",
        "retry_attempts",
        "rate_limits",
        "configuration",
    ],
};
pub(crate) static MAPPING: ManifestKind = ManifestKind {
    name: "mapping",
    plural: "mappings",
    identity: &["entity_type", "local_field"],
    fields: &[
        "entity_type",
        "local_field",
        "geniacs_field",
        "field_type",
        "is_required",
        "is_active",
        "default_value",
        "transformation_rules",
        "validation_rules",
    ],
};
pub(crate) static SCHEDULE: ManifestKind = ManifestKind {
    name: "schedule",
    plural: "schedules",
    identity: &["name"],
    fields: &[
        "name",
        "entity_type",
        "sync_type",
        "cron_expression",
        "time_zone",
        "is_active",
        "overlap",
        "catch_up",
        "jitter_seconds",
        "configuration",
    ],
};

impl ManifestKind {
    /// Their path at the gateway.
    pub(crate) fn path(&self) -> String {
        format!("/api/geniacs/{}", self.plural)
    }

    /// The title of one of them: `customers.phone`.
    pub(crate) fn title(&self, item: &Map<String, Value>) -> String {
        let parts: Vec<&str> = self.identity.iter().filter_map(|field| item.get(*field)?.as_str()).collect();
        parts.join(".")
    }

    /// Whether two stand for the same.
    pub(crate) fn same(&self, one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
        self.identity.iter().all(|field| one.get(*field) == other.get(*field))
    }

    /// The fields of what the gateway shows, without ids, times and figures.
    pub(super) fn of_view(&self, view: &Value) -> Map<String, Value> {
        self.fields.iter().map(|field| ((*field).to_owned(), view[*field].clone())).collect()
    }

    /// The stable order of the file: entities by dependence, then names.
    pub(super) fn order(&self, item: &Map<String, Value>) -> (Option<usize>, String) {
        let entity = self.identity.contains(&"entity_type").then(|| {
            let name = item.get("entity_type").and_then(Value::as_str);
            EntityType::IN_ORDER.iter().position(|entity| Some(entity.as_str()) == name)
        });
        (entity.flatten(), self.title(item))
    }
}
