//! The dashboard that the gateway serves.

use std::path::PathBuf;

use url::Url;

use super::section::section;
use super::values::bare_url;

section! {
    /// The dashboard that the gateway serves.
    #[derive(Default)]
    pub struct DashboardSettings {
        folder: Option<PathBuf> = optional(
            "dashboard.folder",
            "the folder of the dashboard's files, which `make dashboard` builds; without it a page says how to get it"
        ), path();
        address: Option<Url> = optional(
            "dashboard.address",
            "URL under which people reach the dashboard, without a path: https://geniacs.example.com; notices link to it"
        ), optional("a URL without a path, such as https://geniacs.example.com", bare_url);
    }
}
