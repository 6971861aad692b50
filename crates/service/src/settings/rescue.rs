//! Work that nobody took up.

use std::time::Duration;

use super::values::Values;
use super::{Setting, SettingsError};

const AFTER: Setting =
    Setting::new("rescue.after_seconds", "30", "seconds after which work that nobody took up is woken again (1–3600)");

pub(super) const SETTINGS: &[Setting] = &[AFTER];

/// Work that nobody took up, because its message was lost.
#[derive(Debug, Clone)]
pub struct RescueSettings {
    /// How long such work lies before it is woken again: 30 s.
    pub after: Duration,
}

impl RescueSettings {
    pub(super) fn read(values: &Values) -> Result<Self, SettingsError> {
        Ok(Self { after: values.duration(&AFTER, 1..=3_600)? })
    }
}
