//! The dashboard that the gateway serves.

use std::path::PathBuf;

use url::Url;

use super::values::{self, Values};
use super::{Setting, SettingsError};

const FOLDER: Setting = Setting::optional(
    "dashboard.folder",
    "the folder of the dashboard's files, which `make dashboard` builds; without it a page says how to get it",
);

const ADDRESS: Setting = Setting::optional(
    "dashboard.address",
    "URL under which people reach the dashboard, without a path: https://geniacs.example.com; notices link to it",
);

pub(super) const SETTINGS: &[Setting] = &[FOLDER, ADDRESS];

/// The dashboard that the gateway serves.
#[derive(Debug, Clone, Default)]
pub struct DashboardSettings {
    /// Where its files are; none: there is no dashboard.
    pub folder: Option<PathBuf>,
    /// Where people reach it, if that is known.
    pub address: Option<Url>,
}

impl DashboardSettings {
    pub(super) fn read(values: &Values) -> Result<Self, SettingsError> {
        let folder = values.text(&FOLDER)?.map(PathBuf::from);
        let must_be = "a URL without a path, such as https://geniacs.example.com";
        Ok(Self { folder, address: values.optional(&ADDRESS, must_be, values::bare_url)? })
    }
}
