//! Where RabbitMQ is.

use secrecy::SecretString;

use super::values::Values;
use super::{Setting, SettingsError};

const URL: Setting =
    Setting::secret("broker.url", "where RabbitMQ is: amqp://user:password@host:5672/%2f").or(&["AMQP_URL"]);
const PREFIX: Setting = Setting::new(
    "broker.prefix",
    "",
    "put before the names of exchange and queues, so that several systems share a broker",
);
const PREFETCH: Setting =
    Setting::new("broker.prefetch", "8", "messages a consumer holds before it has acknowledged them (1–1000)");

pub(super) const SETTINGS: &[Setting] = &[URL, PREFIX, PREFETCH];

/// Leaves room for the queue's own name in the 255 bytes that a name may have.
const MAX_PREFIX_LENGTH: usize = 100;

/// Where RabbitMQ is and how much to take from it at once.
#[derive(Debug, Clone)]
pub struct BrokerSettings {
    /// The address; read it with [`BrokerSettings::url`].
    pub url: Option<SecretString>,
    /// Put before the names of exchange and queues: nothing.
    pub prefix: String,
    /// Messages held before they are acknowledged: 8.
    pub prefetch: u16,
}

impl BrokerSettings {
    pub(super) fn read(values: &Values) -> Result<Self, SettingsError> {
        let prefix = values.value(&PREFIX, "up to 100 letters, digits, `.`, `-` or `_`", |text| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            (text.len() <= MAX_PREFIX_LENGTH && text.chars().all(allowed)).then(|| text.to_owned())
        })?;
        let url = values.address(&URL, &["amqp", "amqps"])?;
        Ok(Self { url, prefix, prefetch: values.number(&PREFETCH, 1..=1_000)? })
    }

    /// The address, or the error that it is missing.
    pub fn url(&self) -> Result<&SecretString, SettingsError> {
        self.url.as_ref().ok_or_else(|| SettingsError::missing(&URL))
    }
}
