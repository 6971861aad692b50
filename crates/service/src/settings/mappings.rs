//! Mappings that nobody wrote.

use super::values::Values;
use super::{Setting, SettingsError};

const DEFAULTS: Setting = Setting::new("default_mappings", "true", "a new integration gets the default mappings");
const AUTO_CREATE: Setting =
    Setting::new("auto_create_mappings", "true", "triggering an entity without a mapping creates its defaults");

pub(super) const SETTINGS: &[Setting] = &[DEFAULTS, AUTO_CREATE];

/// Mappings that nobody wrote.
#[derive(Debug, Clone)]
pub struct MappingSettings {
    /// Whether a new integration gets the default mappings: it does.
    pub defaults: bool,
    /// Whether triggering an entity without a mapping creates its defaults: it does.
    pub auto_create: bool,
}

impl MappingSettings {
    pub(super) fn read(values: &Values) -> Result<Self, SettingsError> {
        Ok(Self { defaults: values.flag(&DEFAULTS)?, auto_create: values.flag(&AUTO_CREATE)? })
    }
}
