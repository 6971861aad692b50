//! Stored events.

use std::time::Duration;

use url::Url;

use super::section::section;
use super::values::bare_url;

section! {
    /// Stored events.
    pub struct WebhookSettings {
        timeout: Duration = new("webhook_timeout", "60", "seconds one event may take in the worker (1–600)"), duration(1..=600);
        address: Option<Url> = optional(
            "webhook_address",
            "URL under which Geniacs reaches the ingest, without a path: https://hooks.example.com; shown, and used by test events"
        ), optional("a URL without a path, such as https://hooks.example.com", bare_url);
    }
}
