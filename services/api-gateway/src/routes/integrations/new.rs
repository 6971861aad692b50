//! What a request says of an integration: all of it for a new one, some of it for an edit.

use super::connection::{self, Credentials, Partner};
use super::endpoint::{endpoint_url, same_origin, shown_url};
use crate::answer;
use crate::error::ApiError;
use crate::input::{Fields, rule};
use crate::state::State;
use domain::Reason;
use domain::integration::{Configuration, RateLimits};
use secrets::{ExposeSecret as _, KeyRing, Place, SecretString};
use serde_json::{Value, json};
use storage::partners::integrations::{self as table, Integration, NewIntegration};

const BELONGS_TO_ORIGIN: &str = "must be given together with an endpoint_url of another scheme, host or port: the stored \
    one is not sent there";

/// An integration, checked, with its secrets still open. Secrets that an edit does not give stay as they are.
pub(super) struct Asked {
    name: String,
    description: Option<String>,
    endpoint_url: String,
    api_version: String,
    api_key: Option<SecretString>,
    api_secret: Option<SecretString>,
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
    /// Reads and checks every field of a new integration.
    pub(super) fn read(mut body: Fields, state: &State) -> Result<Self, ApiError> {
        let key = body.required("api_key", rule::header_secret(4_096));
        let secret = body.required("api_secret", rule::secret(4_096));
        Self::rest(body, (key, secret), None, state)
    }

    /// What an edit makes of `current`: the fields that it gives, and the others as they are.
    pub(super) fn edit(body: Fields, current: &Integration, state: &State) -> Result<Self, ApiError> {
        let stored_url = current.endpoint_url.clone();
        let mut current = fields_of(current);

        // What the configuration says anew counts, unless the column is given as well.
        for (column, own) in [("timeout_seconds", "timeout_seconds"), ("retry_attempts", "max_retries")] {
            if body.holds("configuration", own)
                && let Some(current) = current.as_object_mut()
            {
                current.remove(column);
            }
        }

        let mut body = body.over(current);

        let key = body.optional("api_key", rule::header_secret(4_096));
        let secret = body.optional("api_secret", rule::secret(4_096));
        Self::rest(body, (key, secret), Some(&stored_url), state)
    }

    fn rest(
        mut body: Fields,
        (key, secret): (Option<String>, Option<String>),
        stored_url: Option<&str>,
        state: &State,
    ) -> Result<Self, ApiError> {
        let name = body.required("name", rule::text(1, 255));
        let url = body.required("endpoint_url", endpoint_url(state.outbound.guard()));

        // Otherwise whoever may edit an integration could have its stored credentials sent to a host of their own.
        if let (Some(url), Some(stored)) = (&url, stored_url)
            && !same_origin(url, stored)
        {
            body.demand("api_key", key.is_some(), Reason::new("belongs_to_address", BELONGS_TO_ORIGIN));
            body.demand("api_secret", secret.is_some(), Reason::new("belongs_to_address", BELONGS_TO_ORIGIN));
        }

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
            api_key: key.map(SecretString::from),
            api_secret: secret.map(SecretString::from),
        };
        body.finish(name.zip(url).map(|(name, endpoint_url)| Self { name, endpoint_url, ..rest }))
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

    /// The partner that it names. Requests to it count in the windows of the integration as it is stored.
    pub(super) fn partner(&self, current: Option<&Integration>) -> Partner {
        Partner {
            limited: current.and_then(connection::limited),
            endpoint_url: self.endpoint_url.clone(),
            api_version: self.api_version.clone(),
            timeout_seconds: self.timeout_seconds,
            endpoints: self.configuration.endpoints.clone().into_iter().collect(),
        }
    }

    /// What it shows its partner: what was given, and of an edit else what is stored.
    pub(super) fn credentials(&self, current: Option<&Integration>, keys: &KeyRing) -> Result<Credentials, String> {
        let (key, secret) = (self.api_key.as_ref(), self.api_secret.as_ref());
        match (current, key, secret) {
            (Some(row), ..) => Credentials::of(keys, row, key, secret),
            (None, Some(key), Some(secret)) => Ok(Credentials { api_key: key.clone(), api_secret: secret.clone() }),
            (None, ..) => Err("the credentials are missing".to_owned()),
        }
    }

    /// The columns of the secrets that were given.
    pub(super) fn secrets_given(&self) -> Vec<&'static str> {
        let all =
            [("api_key", &self.api_key), ("api_secret", &self.api_secret), ("webhook_secret", &self.webhook_secret)];
        all.into_iter().filter(|(_, secret)| secret.is_some()).map(|(name, _)| name).collect()
    }

    /// The row, its secrets sealed for it; those that were not given are taken over from `current`.
    pub(super) fn seal(self, id: i64, current: Option<&Integration>, keys: &KeyRing) -> NewIntegration {
        let seal = |column, secret: &SecretString| {
            keys.seal(&Place { table: table::TABLE, column, row: id }, secret.expose_secret())
        };
        let kept = |column: fn(&Integration) -> &String| current.map(column).cloned();
        NewIntegration {
            id,
            api_key_encrypted: (self.api_key.as_ref().map(|secret| seal(table::API_KEY_COLUMN, secret)))
                .or_else(|| kept(|row| &row.api_key_encrypted))
                .unwrap_or_default(),
            api_secret_encrypted: (self.api_secret.as_ref().map(|secret| seal(table::API_SECRET_COLUMN, secret)))
                .or_else(|| kept(|row| &row.api_secret_encrypted))
                .unwrap_or_default(),
            webhook_secret: (self.webhook_secret.as_ref().map(|secret| seal(table::WEBHOOK_SECRET_COLUMN, secret)))
                .or_else(|| current.and_then(|row| row.webhook_secret.clone())),
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

/// What an integration says of itself, as a request would, but its secrets.
fn fields_of(integration: &Integration) -> Value {
    json!({
        "name": integration.name,
        "description": integration.description,
        "endpoint_url": integration.endpoint_url,
        "api_version": integration.api_version,
        "webhook_url": integration.webhook_url,
        "is_active": integration.is_active,
        "sync_enabled": integration.sync_enabled,
        "configuration": integration.configuration,
        "rate_limits": integration.rate_limits,
        "timeout_seconds": integration.timeout_seconds,
        "retry_attempts": integration.retry_attempts,
    })
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
        fields.problem(name, Reason::new("range", "must be at least 1, or absent for no limit").with("minimum", 1));
    }
    body.absorb(fields);
    limits
}

fn column(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}
