//! The dashboard that the gateway serves.

use std::path::PathBuf;

use super::values::Values;
use super::{Setting, SettingsError};

const FOLDER: Setting = Setting::optional(
    "dashboard.folder",
    "the folder of the dashboard's files, which `make dashboard` builds; without it a page says how to get it",
);

pub(super) const SETTINGS: &[Setting] = &[FOLDER];

/// The dashboard that the gateway serves.
#[derive(Debug, Clone, Default)]
pub struct DashboardSettings {
    /// Where its files are; none: there is no dashboard.
    pub folder: Option<PathBuf>,
}

impl DashboardSettings {
    pub(super) fn read(values: &Values) -> Result<Self, SettingsError> {
        let folder = values.text(&FOLDER)?.map(PathBuf::from);
        Ok(Self { folder })
    }
}
