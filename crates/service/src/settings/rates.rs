//! How many requests a caller of the gateway may make.

use super::values::Values;
use super::{Setting, SettingsError};

const TOKEN_PER_SECOND: Setting = Setting::new(
    "rates.token_per_second",
    "200",
    "requests a second that one token may go on making at a gateway, 0 for any number (0–1000000)",
);
const TOKEN_BURST: Setting =
    Setting::new("rates.token_burst", "1000", "requests that one token may make at once (1–1000000)");
const ADDRESS_PER_SECOND: Setting = Setting::new(
    "rates.address_per_second",
    "100",
    "requests a second without a valid token that one address (IPv6: /64) may go on making at a gateway, 0 for any number (0–1000000)",
);
const ADDRESS_BURST: Setting = Setting::new(
    "rates.address_burst",
    "500",
    "requests without a valid token that one address may make at once (1–1000000)",
);

pub(super) const SETTINGS: &[Setting] = &[TOKEN_PER_SECOND, TOKEN_BURST, ADDRESS_PER_SECOND, ADDRESS_BURST];

/// The rate limits of one caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests a second in the long run; 0: any number.
    pub per_second: u32,
    /// Requests at once after a rest.
    pub burst: u32,
}

/// How many requests a caller of the gateway may make, at each gateway.
#[derive(Debug, Clone)]
pub struct RateSettings {
    /// Of one valid token.
    pub token: Rate,
    /// Of one address, without a valid token.
    pub address: Rate,
}

impl RateSettings {
    pub(super) fn read(values: &Values) -> Result<Self, SettingsError> {
        let rate = |per_second, burst| {
            Ok::<_, SettingsError>(Rate {
                per_second: values.number(per_second, 0..=1_000_000)?,
                burst: values.number(burst, 1..=1_000_000)?,
            })
        };
        Ok(Self { token: rate(&TOKEN_PER_SECOND, &TOKEN_BURST)?, address: rate(&ADDRESS_PER_SECOND, &ADDRESS_BURST)? })
    }
}
