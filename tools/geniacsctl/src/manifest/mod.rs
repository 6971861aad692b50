//! Integrations with their mappings and schedules as one YAML file, without secrets:
//!
//! ```yaml
//! version: 1
//! integrations:
//! - name: Geniacs
//!   endpoint_url: https://api.geniacs.example/v1
//!   keys_from_environment: {api_key: GENIACS_API_KEY, api_secret: GENIACS_API_SECRET}
//!   mappings:
//!   - {entity_type: customers, local_field: name, geniacs_field: customer_name, field_type: string}
//!   schedules:
//!   - {name: Nightly, entity_type: customers, sync_type: full, cron_expression: 0 2 * * *}
//! ```
//!
//! The fields of each are those of the gateway ([`ManifestKind`]). The order is stable, so that two files can be compared.

mod kind;
mod read;
mod yaml;

pub(crate) use kind::{INTEGRATION, MAPPING, ManifestKind, SCHEDULE};
pub(crate) use read::{integrations_of, keys_of};

use crate::gateway::{Gateway, GatewayError};
use serde_json::{Map, Value, json};

/// The version of the file's format.
const VERSION: u64 = 1;
/// Where the file names the variables that hold a new integration's keys.
const KEYS: &str = "keys_from_environment";
/// The keys of an integration, and whether it needs them.
pub(crate) const KEY_NAMES: [(&str, bool); 3] = [("api_key", true), ("api_secret", true), ("webhook_secret", false)];

/// An integration in a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ManifestEntry {
    /// What the file says of it.
    pub(crate) fields: Map<String, Value>,
    /// The environment variables that hold its keys, by the keys' names.
    pub(crate) variables: Map<String, Value>,
    /// None where the file says nothing of them.
    pub(crate) mappings: Option<Vec<Map<String, Value>>>,
    pub(crate) schedules: Option<Vec<Map<String, Value>>>,
}

/// A thing that the gateway has.
#[derive(Debug, Clone)]
pub(crate) struct Existing {
    pub(crate) id: i64,
    pub(crate) version: Option<i64>,
    pub(crate) fields: Map<String, Value>,
}

impl Existing {
    pub(crate) fn read(kind: &ManifestKind, view: &Value) -> Result<Self, GatewayError> {
        let id = view["id"].as_i64().ok_or(GatewayError::Incomplete("an id"))?;
        Ok(Self { id, version: view["version"].as_i64(), fields: kind.of_view(view) })
    }

    /// All of a kind, of one integration or of the gateway, in the order of a file. The gateway allows several inactive
    /// ones of a name, and several schedules: a name stands for the active one, else for the oldest.
    pub(crate) async fn all(
        gateway: &Gateway,
        kind: &ManifestKind,
        integration: Option<i64>,
    ) -> Result<Vec<Self>, GatewayError> {
        let filters: Vec<(&str, String)> =
            integration.map(|id| ("integration_id", id.to_string())).into_iter().collect();
        let views = gateway.all(&kind.path(), kind.plural, &filters).await?;
        let mut all = views.iter().map(|view| Self::read(kind, view)).collect::<Result<Vec<_>, _>>()?;
        all.sort_by_cached_key(|one| (kind.order(&one.fields), one.fields["is_active"] != true, one.id));
        all.dedup_by(|one, before| kind.same(&one.fields, &before.fields));
        Ok(all)
    }
}

impl ManifestEntry {
    /// An integration as it is at the gateway.
    pub(crate) async fn of(gateway: &Gateway, integration: &Existing) -> Result<Self, GatewayError> {
        let parts = async |kind| -> Result<Vec<_>, GatewayError> {
            let all = Existing::all(gateway, kind, Some(integration.id)).await?;
            Ok(all.into_iter().map(|existing| existing.fields).collect())
        };

        Ok(Self {
            fields: integration.fields.clone(),
            variables: key_variables(&INTEGRATION.title(&integration.fields)),
            mappings: Some(parts(&MAPPING).await?),
            schedules: Some(parts(&SCHEDULE).await?),
        })
    }

    fn to_yaml(&self) -> yaml_serde::Value {
        let mut integration = in_order(&INTEGRATION, &self.fields);

        if !self.variables.is_empty() {
            integration.insert(KEYS.into(), yaml::to_yaml(&Value::Object(self.variables.clone())));
        }

        for (kind, items) in [(&MAPPING, &self.mappings), (&SCHEDULE, &self.schedules)] {
            if let Some(items) = items {
                let items: Vec<_> = items.iter().map(|item| yaml_serde::Value::Mapping(in_order(kind, item))).collect();
                integration.insert(kind.plural.into(), yaml_serde::Value::Sequence(items));
            }
        }

        yaml_serde::Value::Mapping(integration)
    }

    /// For a program.
    pub(crate) fn data(&self) -> Value {
        let mut data = self.fields.clone();
        data.insert(KEYS.to_owned(), Value::Object(self.variables.clone()));
        data.insert(MAPPING.plural.to_owned(), json!(self.mappings));
        data.insert(SCHEDULE.plural.to_owned(), json!(self.schedules));
        Value::Object(data)
    }
}

/// The file.
pub(crate) fn write_manifest(entries: &[ManifestEntry]) -> anyhow::Result<String> {
    let mut file = yaml_serde::Mapping::new();
    file.insert("version".into(), VERSION.into());
    file.insert(INTEGRATION.plural.into(), entries.iter().map(ManifestEntry::to_yaml).collect::<Vec<_>>().into());
    Ok(yaml_serde::to_string(&file)?)
}

fn in_order(kind: &ManifestKind, item: &Map<String, Value>) -> yaml_serde::Mapping {
    let fields = kind.fields.iter().filter_map(|field| Some((*field, item.get(*field)?)));
    fields.map(|(field, value)| (field.into(), yaml::to_yaml(value))).collect()
}

/// Names for the variables that shall hold the keys: `MAIN_OFFICE_API_KEY`.
fn key_variables(name: &str) -> Map<String, Value> {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let name: String = name.chars().map(plain).collect();
    let start = if name.starts_with(|c: char| c.is_ascii_digit()) { "_" } else { "" };
    let variable = |key: &str| Value::from(format!("{start}{name}_{}", key.to_uppercase()));
    KEY_NAMES.iter().map(|(key, _)| ((*key).to_owned(), variable(key))).collect()
}

#[cfg(test)]
mod tests;
