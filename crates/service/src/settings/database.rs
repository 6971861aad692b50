//! Where PostgreSQL is.

use secrecy::SecretString;

use super::values::Values;
use super::{Setting, SettingsError};

const SCHEMES: [&str; 2] = ["postgres", "postgresql"];

const URL: Setting = Setting::secret("database.url", "where PostgreSQL is: postgres://user:password@host:5432/name")
    .or(&["DATABASE_URL"]);
const DIRECT_URL: Setting = Setting::secret(
    "database.direct_url",
    "PostgreSQL past a pooler, for LISTEN and migrations; database.url unless set",
);
const POOL_SIZE: Setting = Setting::new("database.pool_size", "10", "connections this process may hold (1–500)");

const ROLE: Setting = Setting::optional(
    "database.role",
    "the role that this service's statements run with: geniacs_gateway, geniacs_ingest, geniacs_scheduler or geniacs_worker; \
     the one that signs in unless set",
);

pub(super) const SETTINGS: &[Setting] = &[URL, DIRECT_URL, POOL_SIZE, ROLE];

/// Where PostgreSQL is and how many connections to hold there.
#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    /// The address, possibly of a pooler; read it with [`DatabaseSettings::url`].
    pub url: Option<SecretString>,
    /// The address past a pooler; read it with [`DatabaseSettings::direct_url`].
    pub direct_url: Option<SecretString>,
    /// Connections this process may hold: 10.
    pub pool_size: u32,
    /// What statements run as, instead of the user of the address.
    pub role: Option<String>,
}

fn is_role(text: &str) -> bool {
    (1..=63).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

impl DatabaseSettings {
    pub(super) fn read(values: &Values) -> Result<Self, SettingsError> {
        Ok(Self {
            url: values.address(&URL, &SCHEMES)?,
            direct_url: values.address(&DIRECT_URL, &SCHEMES)?,
            pool_size: values.number(&POOL_SIZE, 1..=500)?,
            role: values.optional(&ROLE, "a name of lower-case letters, digits and `_`", |text| {
                is_role(text).then(|| text.to_owned())
            })?,
        })
    }

    /// The address, or the error that it is missing.
    pub fn url(&self) -> Result<&SecretString, SettingsError> {
        self.url.as_ref().ok_or_else(|| SettingsError::missing(&URL))
    }

    /// The address past a pooler, where one stands between; otherwise the address itself.
    pub fn direct_url(&self) -> Result<&SecretString, SettingsError> {
        self.direct_url.as_ref().map_or_else(|| self.url(), Ok)
    }
}
