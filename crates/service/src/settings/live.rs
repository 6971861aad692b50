//! The live stream of events.

use super::values::Values;
use super::{Setting, SettingsError};

const MAX_LISTENERS: Setting = Setting::new(
    "live.max_listeners",
    "500",
    "listeners to live events that one gateway takes, half of them with one token; one more gets a 503 (0–100000)",
);

pub(super) const SETTINGS: &[Setting] = &[MAX_LISTENERS];

/// The live stream of events.
#[derive(Debug, Clone)]
pub struct LiveSettings {
    /// Listeners at one gateway: 500.
    pub max_listeners: usize,
}

impl LiveSettings {
    pub(super) fn read(values: &Values) -> Result<Self, SettingsError> {
        Ok(Self { max_listeners: values.number(&MAX_LISTENERS, 0..=100_000)? })
    }
}
