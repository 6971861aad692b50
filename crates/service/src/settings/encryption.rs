//! The keys that seal credentials.

use std::path::Path;
use std::sync::Arc;

use secrets::KeyRing;

use super::values::Values;
use super::{Setting, SettingsError, file};

const KEYS: Setting = Setting::secret(
    "encryption_keys",
    "the keys that seal credentials, the current one first: id:base64 of 32 bytes, several with commas; or see encryption_keys_file",
);
const KEYS_FILE: Setting =
    Setting::optional("encryption_keys_file", "path of a file that holds the keys, instead of encryption_keys");

pub(super) const SETTINGS: &[Setting] = &[KEYS, KEYS_FILE];

/// The keys that seal credentials.
#[derive(Debug, Clone)]
pub struct EncryptionSettings {
    /// The key ring; read it with [`EncryptionSettings::keys`].
    pub keys: Option<Arc<KeyRing>>,
}

impl EncryptionSettings {
    pub(super) fn read(values: &Values) -> Result<Self, SettingsError> {
        let (keys, path) = (values.text(&KEYS)?, values.text(&KEYS_FILE)?);

        let ring = match (keys, path) {
            // Two sources could name different keys, and secrets sealed with the one could not be opened with the
            // other.
            (Some(_), Some(_)) => return Err(values.impossible(&KEYS_FILE, "unset while `encryption_keys` is set")),
            (Some(keys), None) => Some(parse_keys(values, &KEYS, &keys)?),
            (None, Some(path)) => {
                let path = Path::new(&path);
                let keys = std::fs::read_to_string(path)
                    .map_err(|error| file::unreadable_file(path, &values.source(&KEYS_FILE), &error))?;
                Some(parse_keys(values, &KEYS_FILE, &keys)?)
            }
            (None, None) => None,
        };

        Ok(Self { keys: ring.map(Arc::new) })
    }

    /// The key ring, or the error that it is missing.
    pub fn keys(&self) -> Result<Arc<KeyRing>, SettingsError> {
        self.keys.clone().ok_or_else(|| SettingsError::missing(&KEYS))
    }
}

fn parse_keys(values: &Values, setting: &Setting, keys: &str) -> Result<KeyRing, SettingsError> {
    KeyRing::parse(keys).map_err(|error| SettingsError::Impossible {
        key: setting.key,
        source_of_value: values.source(setting),
        problem: "cannot be used".to_owned(),
        remedy: error.to_string(),
    })
}
