//! The keys of integrations that are made, or led to another address.

use crate::manifest::{INTEGRATION, KEY_NAMES, ManifestEntry, keys_of};
use anyhow::{Context as _, bail};
use secrets::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::path::Path;

/// Keys by integration and name, from a file, or from the environment where there is none.
pub(super) struct Keys(Option<HashMap<String, HashMap<String, SecretString>>>);

/// Why keys are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// The integration is made.
    New,
    /// Its address gets another scheme, host or port. Its webhook secret stays.
    NewOrigin,
}

impl Need {
    fn described(self) -> &'static str {
        match self {
            Self::New => "is new",
            Self::NewOrigin => "gets another host, for which its keys must be entered again",
        }
    }
}

impl Keys {
    pub(super) fn read(file: Option<&Path>) -> anyhow::Result<Self> {
        let Some(file) = file else { return Ok(Self(None)) };
        let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let keys = keys_of(&text).with_context(|| format!("{} cannot be used", file.display()))?;
        Ok(Self(Some(keys)))
    }

    /// The keys that an integration needs, as the gateway takes them.
    pub(super) fn of(&self, entry: &ManifestEntry, need: Need) -> anyhow::Result<Map<String, Value>> {
        let mut found = Map::new();
        for (key, is_required) in KEY_NAMES {
            if need == Need::NewOrigin && !is_required {
                continue;
            }
            match self.find(entry, key) {
                Some(secret) => _ = found.insert(key.to_owned(), Value::from(secret.expose_secret())),
                None if is_required => bail!(self.missing(entry, key, need)),
                None => {}
            }
        }
        Ok(found)
    }

    fn find(&self, entry: &ManifestEntry, key: &str) -> Option<SecretString> {
        if let Some(file) = &self.0 {
            return file.get(&INTEGRATION.title(&entry.fields))?.get(key).cloned();
        }
        let value = std::env::var(entry.variables.get(key)?.as_str()?).ok()?;
        Some(value).filter(|value| !value.is_empty()).map(SecretString::from)
    }

    fn missing(&self, entry: &ManifestEntry, key: &str, need: Need) -> String {
        let (title, reason) = (INTEGRATION.title(&entry.fields), need.described());
        let variable = entry.variables.get(key).and_then(Value::as_str);

        match (&self.0, variable) {
            (Some(_), _) => format!("integration {title} {reason}, and the file of keys has no {key} for it"),
            (None, Some(variable)) => {
                format!("integration {title} {reason}: set {variable} to its {key}, or give --keys-file")
            }
            (None, None) => format!(
                "integration {title} {reason}: name the variable that holds its {key} under keys_from_environment, or give \
                 --keys-file"
            ),
        }
    }
}
