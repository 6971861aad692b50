//! The keys of integrations that are made.

use crate::manifest::{Entry, INTEGRATION, KEY_NAMES, keys_of};
use anyhow::{Context as _, bail};
use secrets::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::path::Path;

/// Keys by integration and name, from a file, or from the environment where there is none.
pub(super) struct Keys(Option<HashMap<String, HashMap<String, SecretString>>>);

impl Keys {
    pub(super) fn read(file: Option<&Path>) -> anyhow::Result<Self> {
        let Some(file) = file else { return Ok(Self(None)) };
        let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let keys = keys_of(&text).with_context(|| format!("{} cannot be used", file.display()))?;
        Ok(Self(Some(keys)))
    }

    /// The keys of a new integration, as the gateway takes them.
    pub(super) fn of(&self, entry: &Entry) -> anyhow::Result<Map<String, Value>> {
        let mut found = Map::new();
        for (key, needed) in KEY_NAMES {
            match self.find(entry, key) {
                Some(secret) => _ = found.insert(key.to_owned(), Value::from(secret.expose_secret())),
                None if needed => bail!(self.missing(entry, key)),
                None => {}
            }
        }
        Ok(found)
    }

    fn find(&self, entry: &Entry, key: &str) -> Option<SecretString> {
        if let Some(file) = &self.0 {
            return file.get(&INTEGRATION.title(&entry.fields))?.get(key).cloned();
        }
        let value = std::env::var(entry.variables.get(key)?.as_str()?).ok()?;
        Some(value).filter(|value| !value.is_empty()).map(SecretString::from)
    }

    fn missing(&self, entry: &Entry, key: &str) -> String {
        let title = INTEGRATION.title(&entry.fields);
        let variable = entry.variables.get(key).and_then(Value::as_str);
        match (&self.0, variable) {
            (Some(_), _) => format!("integration {title} is new, and the file of keys has no {key} for it"),
            (None, Some(variable)) => {
                format!("integration {title} is new: set {variable} to its {key}, or give --keys-file")
            }
            (None, None) => format!(
                "integration {title} is new: name the variable that holds its {key} under keys_from_environment, or give \
                 --keys-file"
            ),
        }
    }
}
