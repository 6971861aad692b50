//! What a request says of an integration: all of it for a new one, some of it for an edit. Bodies are described by the same
//! functions that read them.

use super::body;
use super::connection::{self, Credentials, Partner};
use super::endpoint::{self, endpoint_url, same_origin, shown_url};
use super::view::IntegrationView;
use crate::answer;
use crate::error::ApiError;
use crate::input::field::{Field, flag, header_secret, inline, secret, text, whole};
use crate::input::{Fields, described, described_change};
use crate::openapi::Described;
use crate::state::State;
use domain::Reason;
use domain::integration::{Configuration, RateLimits};
use geniacs::Guard;
use secrets::{ExposeSecret as _, KeyRing, Place, SecretString};
use storage::partners::integrations::{self as table, Integration, NewIntegration};

const BELONGS_TO_ORIGIN: &str = "must be given together with an endpoint_url of another scheme, host or port: the stored \
    one is not sent there";

/// An integration, checked, with its secrets still open. Secrets that an edit does not give stay as they are.
pub(super) struct CheckedIntegration {
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

/// What checking an integration depends on.
struct Around<'a> {
    guard: &'a Guard,
    /// What goes without saying.
    timeout_seconds: u32,
    max_attempts: u32,
}

impl<'a> Around<'a> {
    fn of(state: &'a State) -> Self {
        let defaults = state.run_defaults();
        Self {
            guard: state.outbound.guard(),
            timeout_seconds: defaults.timeout_seconds,
            max_attempts: defaults.max_attempts,
        }
    }
}

impl CheckedIntegration {
    /// Reads and checks every field of a new integration.
    pub(super) fn read(body: Fields, state: &State) -> Result<Self, ApiError> {
        Self::read_new(body, &Around::of(state))
    }

    fn read_new(mut body: Fields, around: &Around<'_>) -> Result<Self, ApiError> {
        let key = body.take("api_key", api_key().required().like("gk_live_8d1f"));
        let secret = body.take("api_secret", api_secret().required().like("gs_live_70c2"));
        Self::rest(body, (key, secret), None, around)
    }

    /// What an edit makes of `current`: the fields that it gives, and the others as they are.
    pub(super) fn edit(body: Fields, current: &Integration, state: &State) -> Result<Self, ApiError> {
        let stored_url = current.endpoint_url.clone();
        let mut current = answer::value(&IntegrationView::of_row(current.clone()));

        // What the configuration says anew counts, unless the column is given as well.
        for (column, own) in [("timeout_seconds", "timeout_seconds"), ("retry_attempts", "max_retries")] {
            if body.holds("configuration", own)
                && let Some(current) = current.as_object_mut()
            {
                current.remove(column);
            }
        }

        Self::read_change(body.over(current), Some(&stored_url), &Around::of(state))
    }

    fn read_change(mut body: Fields, stored_url: Option<&str>, around: &Around<'_>) -> Result<Self, ApiError> {
        let key = body.take("api_key", api_key());
        let secret = body.take("api_secret", api_secret());
        Self::rest(body, (key, secret), stored_url, around)
    }

    fn rest(
        mut body: Fields,
        (api_key, api_secret): (Option<String>, Option<String>),
        stored_url: Option<&str>,
        around: &Around<'_>,
    ) -> Result<Self, ApiError> {
        let name = text(1, 255).required().about("Unique among integrations that are not archived.").like("Geniacs");
        let name = body.take("name", name);
        let address = inline(endpoint::schema(), endpoint_url(around.guard))
            .required()
            .about("https, with host and path alone.")
            .like("https://api.geniacs.example/v1");
        let url = body.take("endpoint_url", address);

        // Otherwise whoever may edit an integration could have its stored credentials sent to a host of their own.
        if let (Some(url), Some(stored)) = (&url, stored_url)
            && !same_origin(url, stored)
        {
            body.demand("api_key", api_key.is_some(), Reason::new("belongs_to_address", BELONGS_TO_ORIGIN));
            body.demand("api_secret", api_secret.is_some(), Reason::new("belongs_to_address", BELONGS_TO_ORIGIN));
        }

        let configuration = configuration(&mut body);
        let rate_limits = rate_limits(&mut body);
        let timeout = configuration.timeout_seconds.unwrap_or(around.timeout_seconds);
        let retries = configuration.max_retries.unwrap_or(around.max_attempts);

        let description = text(0, 10_000).changed_like("The partner's main account");
        let shown = inline(endpoint::schema(), shown_url).about("Where Geniacs sends its webhooks; only shown.");
        let signing = secret(255).about("A new integration that is given none gets one, shown once.");
        let each_request = whole(1, 600)
            .about("Seconds that one request to Geniacs may take; that of the configuration unless given.");
        let attempts =
            whole(0, 20).about("Attempts of a part of a sync; `max_retries` of the configuration unless given.");

        let rest = Self {
            description: body.take("description", description),
            api_version: body.take_or("api_version", text(1, 20), "v1".to_owned()),
            webhook_url: body.take("webhook_url", shown),
            webhook_secret: body.take("webhook_secret", signing).map(SecretString::from),
            is_active: body.take_or("is_active", flag(), true),
            sync_enabled: body.take_or("sync_enabled", flag().changed_like(false), true),
            timeout_seconds: body.take("timeout_seconds", each_request).unwrap_or(column(timeout)),
            retry_attempts: body.take("retry_attempts", attempts).unwrap_or(column(retries)),
            configuration,
            rate_limits,
            // The name and the address take these places below, where both are known to be there.
            name: String::new(),
            endpoint_url: String::new(),
            api_key: api_key.map(SecretString::from),
            api_secret: api_secret.map(SecretString::from),
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

fn api_key<'a>() -> Field<'a, String> {
    header_secret(4_096)
}

fn api_secret<'a>() -> Field<'a, String> {
    secret(4_096)
}

/// Takes whether Geniacs is asked before anything is saved.
pub(super) fn is_tested(body: &mut Fields) -> bool {
    let test = flag().about("Whether Geniacs is asked first; what does not pass is not saved.").or(false);
    body.take("test", test).unwrap_or_default()
}

/// The body that makes an integration.
pub(super) fn new_integration() -> Described {
    described("NewIntegrationBody", "A new integration.", |mut body| {
        is_tested(&mut body);
        drop(CheckedIntegration::read_new(body, &around_nothing(&Guard::default())));
    })
}

/// The body that changes one.
pub(super) fn integration_change() -> Described {
    described_change("IntegrationChange", "What of an integration is to be changed.", |mut body| {
        is_tested(&mut body);
        drop(CheckedIntegration::read_change(body, None, &around_nothing(&Guard::default())));
    })
}

/// For a description, which does not depend on it.
fn around_nothing(guard: &Guard) -> Around<'_> {
    Around { guard, timeout_seconds: 0, max_attempts: 0 }
}

fn configuration(body: &mut Fields) -> Configuration {
    let mut fields = body.object_like::<body::Configuration>("configuration");
    let configuration: Configuration = fields.all();
    fields.problems(configuration.problems());
    body.absorb(fields);
    configuration
}

fn rate_limits(body: &mut Fields) -> RateLimits {
    let mut fields = body.object_like::<body::RateLimits>("rate_limits");
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
