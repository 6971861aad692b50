//! What a request says of a new integration.

use super::endpoint::{endpoint_url, shown_url};
use crate::answer;
use crate::error::ApiError;
use crate::input::{Fields, rule};
use crate::state::State;
use domain::integration::{Configuration, RateLimits};
use secrets::{ExposeSecret as _, KeyRing, Place, SecretString};
use storage::integrations::{self as table, NewIntegration};

/// A new integration, checked, with its secrets still open.
pub(super) struct Asked {
    name: String,
    description: Option<String>,
    endpoint_url: String,
    api_version: String,
    api_key: SecretString,
    api_secret: SecretString,
    webhook_url: Option<String>,
    webhook_secret: Option<SecretString>,
    is_active: bool,
    sync_enabled: bool,
    configuration: Configuration,
    rate_limits: RateLimits,
    timeout_seconds: i32,
    retry_attempts: i32,
}

impl Asked {
    /// Reads and checks every field.
    pub(super) fn read(mut body: Fields, state: &State) -> Result<Self, ApiError> {
        let name = body.required("name", rule::text(1, 255));
        let url = body.required("endpoint_url", endpoint_url(state.settings.outbound.allow_http));
        let key = body.required("api_key", rule::header_secret(4_096));
        let secret = body.required("api_secret", rule::secret(4_096));
        let configuration = configuration(&mut body);
        let rate_limits = rate_limits(&mut body);
        let defaults = state.run_defaults();
        let timeout = configuration.timeout_seconds.unwrap_or(defaults.timeout_seconds);
        let retries = configuration.max_retries.unwrap_or(defaults.max_attempts);
        let rest = Self {
            description: body.optional("description", rule::text(0, 10_000)),
            api_version: body.optional("api_version", rule::text(1, 20)).unwrap_or_else(|| "v1".to_owned()),
            webhook_url: body.optional("webhook_url", shown_url),
            webhook_secret: body.optional("webhook_secret", rule::secret(255)).map(SecretString::from),
            is_active: body.optional("is_active", rule::flag).unwrap_or(true),
            sync_enabled: body.optional("sync_enabled", rule::flag).unwrap_or(true),
            timeout_seconds: body.optional("timeout_seconds", rule::whole(1, 600)).unwrap_or(column(timeout)),
            retry_attempts: body.optional("retry_attempts", rule::whole(0, 20)).unwrap_or(column(retries)),
            configuration,
            rate_limits,
            name: String::new(),
            endpoint_url: String::new(),
            api_key: SecretString::default(),
            api_secret: SecretString::default(),
        };
        let needed = name.zip(url).zip(key.zip(secret));
        body.finish(needed.map(|((name, endpoint_url), (key, secret))| Self {
            name,
            endpoint_url,
            api_key: SecretString::from(key),
            api_secret: SecretString::from(secret),
            ..rest
        }))
    }

    /// Makes a webhook secret if none was given; returns the one that was made.
    pub(super) fn complete(&mut self) -> Option<SecretString> {
        if self.webhook_secret.is_some() {
            return None;
        }
        let made = secrets::generate_webhook_secret();
        self.webhook_secret = Some(made.clone());
        Some(made)
    }

    /// The row, its secrets sealed for it.
    pub(super) fn seal(self, id: i64, keys: &KeyRing) -> NewIntegration {
        let seal = |column, secret: &SecretString| {
            keys.seal(&Place { table: table::TABLE, column, row: id }, secret.expose_secret())
        };
        NewIntegration {
            id,
            api_key_encrypted: seal(table::API_KEY_COLUMN, &self.api_key),
            api_secret_encrypted: seal(table::API_SECRET_COLUMN, &self.api_secret),
            webhook_secret: self.webhook_secret.as_ref().map(|secret| seal(table::WEBHOOK_SECRET_COLUMN, secret)),
            name: self.name,
            description: self.description,
            endpoint_url: self.endpoint_url,
            api_version: self.api_version,
            webhook_url: self.webhook_url,
            is_active: self.is_active,
            sync_enabled: self.sync_enabled,
            configuration: answer::value(&self.configuration),
            rate_limits: answer::value(&self.rate_limits),
            timeout_seconds: self.timeout_seconds,
            retry_attempts: self.retry_attempts,
        }
    }
}

fn configuration(body: &mut Fields) -> Configuration {
    let mut fields = body.object("configuration");
    let configuration: Configuration = fields.all();
    fields.problems(configuration.problems());
    body.absorb(fields);
    configuration
}

fn rate_limits(body: &mut Fields) -> RateLimits {
    let mut fields = body.object("rate_limits");
    let limits: RateLimits = fields.all();
    let each = [
        ("requests_per_minute", limits.requests_per_minute),
        ("requests_per_hour", limits.requests_per_hour),
        ("requests_per_day", limits.requests_per_day),
    ];
    for (name, _) in each.iter().filter(|(_, limit)| *limit == Some(0)) {
        fields.problem(name, "must be at least 1, or absent for no limit");
    }
    body.absorb(fields);
    limits
}

fn column(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}
