//! Asking a partner whether it takes an integration's credentials, or others.

use crate::error::ApiError;
use crate::openapi::names;
use crate::state::State;
use chrono::{DateTime, Utc};
use domain::EntityType;
use domain::integration::RateLimits;
use futures_util::FutureExt as _;
use geniacs::{Account, Client, Health, PartnerError};
use secrets::{KeyRing, Place, SecretString};
use serde::Serialize;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use storage::partners::integrations::{self, Integration};
use storage::partners::limits;
use tracing::Instrument as _;
use url::Url;
use utoipa::ToSchema;

/// Somebody waits for the answer, however long the integration's own requests may take.
const LONGEST: Duration = Duration::from_secs(10);
/// By then the request has reached the partner.
const LONGEST_WAY: Duration = Duration::from_secs(5);
const LIMITED: &str =
    "nothing was sent: the requests that rate_limits allow are used up; the integration's health says until when";

/// What an integration shows its partner, open.
pub(super) struct Credentials {
    pub(super) api_key: SecretString,
    pub(super) api_secret: SecretString,
}

impl Credentials {
    /// The integration's own, but for those given.
    pub(super) fn of(
        keys: &KeyRing,
        row: &Integration,
        key: Option<&SecretString>,
        secret: Option<&SecretString>,
    ) -> Result<Self, String> {
        let open = |given: Option<&SecretString>, column, sealed: &str| -> Result<SecretString, String> {
            let place = Place { table: integrations::TABLE, column, row: row.id };
            given
                .map_or_else(|| keys.open(&place, sealed).map_err(|error| error.to_string()), |given| Ok(given.clone()))
        };

        Ok(Self {
            api_key: open(key, integrations::API_KEY_COLUMN, &row.api_key_encrypted)?,
            api_secret: open(secret, integrations::API_SECRET_COLUMN, &row.api_secret_encrypted)?,
        })
    }
}

/// Whom to ask: an integration as it is stored, or as it is to be.
pub(super) struct Partner {
    /// Whose rate windows the request counts in, where it has any.
    pub(super) limited: Option<i64>,
    pub(super) endpoint_url: String,
    pub(super) api_version: String,
    pub(super) timeout_seconds: i32,
    pub(super) endpoints: HashMap<EntityType, String>,
}

impl Partner {
    /// That of an integration as it is stored.
    pub(super) fn of(row: &Integration) -> Self {
        Self {
            limited: limited(row),
            endpoint_url: row.endpoint_url.clone(),
            api_version: row.api_version.clone(),
            timeout_seconds: row.timeout_seconds,
            endpoints: row.settings().endpoints.into_iter().collect(),
        }
    }
}

/// The integration's number if its partner limits its requests.
pub(super) fn limited(row: &Integration) -> Option<i64> {
    let limits: RateLimits = serde_json::from_value(row.rate_limits.clone()).unwrap_or_default();
    (limits != RateLimits::default()).then_some(row.id)
}

/// What the partner said, or why it did not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConnectionTest)]
pub(super) struct ConnectionTest {
    #[schema(value_type = names::TestStatus)]
    status: &'static str,
    /// Milliseconds.
    #[schema(example = 84)]
    response_time: u64,
    #[schema(example = "v1.2.3")]
    api_version: Option<String>,
    rate_limits: Option<LimitsView>,
    #[schema(example = json!(["/customers"]))]
    supported_endpoints: Vec<String>,
    #[schema(value_type = names::Authentication)]
    authentication: &'static str,
    /// What may be wrong although the partner answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    warning: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) status_code: Option<u16>,
    tested_at: DateTime<Utc>,
    /// Whether nothing was sent, because the rate windows are used up.
    #[serde(skip)]
    is_unsent: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PartnerLimits)]
struct LimitsView {
    remaining_requests: Option<i64>,
    reset_time: Option<DateTime<Utc>>,
}

/// Asks the partner how it is, with these credentials.
pub(super) async fn test_credentials(
    state: &State,
    partner: Partner,
    credentials: Result<Credentials, String>,
) -> Result<ConnectionTest, ApiError> {
    let (started, tested_at) = (Instant::now(), Utc::now());
    let may_ask = may_ask(state, partner.limited).await?;

    let asked = match credentials.and_then(|credentials| client_for(state, &partner, credentials)) {
        _ if !may_ask => Err((LIMITED.to_owned(), None)),
        Ok(client) => ask_health(state, client).await.map_err(|error| (error.to_string(), Some(error))),
        Err(reason) => Err((reason, None)),
    };

    let mut test = ConnectionTest::new(asked, started.elapsed(), tested_at);
    test.warning = test.api_version.as_deref().and_then(|theirs| version_warning(&partner.api_version, theirs));
    test.is_unsent = !may_ask;
    Ok(test)
}

/// The rate limits hold for tests too.
async fn may_ask(state: &State, limited: Option<i64>) -> Result<bool, ApiError> {
    let Some(id) = limited else { return Ok(true) };
    let seconds = LONGEST_WAY.as_secs_f64();
    let taken = state.database.run(move |c| async move { Ok(limits::take(c, id, 1, seconds).await?) }.boxed()).await?;
    Ok(taken.granted > 0)
}

/// Connections are shared with later requests, so they live on the runtime that outlives this one.
async fn ask_health(state: &State, client: Client) -> Result<Health, PartnerError> {
    let call = async move { client.health().await }.in_current_span();
    state.database.runtime().spawn(call).await.unwrap_or(Err(PartnerError::Interrupted))
}

fn client_for(state: &State, partner: &Partner, credentials: Credentials) -> Result<Client, String> {
    let own = u64::try_from(partner.timeout_seconds).map_or(LONGEST, Duration::from_secs);
    let account = Account {
        base_url: Url::parse(&partner.endpoint_url).map_err(|_| "the endpoint_url is not an address".to_owned())?,
        api_key: credentials.api_key,
        api_secret: credentials.api_secret,
        timeout: own.min(LONGEST),
        endpoints: partner.endpoints.clone(),
    };

    Client::new(state.outbound.clone(), account).map_err(|error| error.to_string())
}

impl ConnectionTest {
    /// Whether nothing was sent, because the rate windows are used up.
    pub(super) fn is_unsent(&self) -> bool {
        self.is_unsent
    }

    pub(super) fn succeeded(&self) -> bool {
        self.status == "success"
    }

    /// Whether the partner said that it does not take the credentials.
    pub(super) fn refused(&self) -> bool {
        self.authentication == "invalid"
    }

    fn new(asked: Result<Health, (String, Option<PartnerError>)>, took: Duration, tested_at: DateTime<Utc>) -> Self {
        let response_time = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let failed = Self {
            status: "failed",
            response_time,
            api_version: None,
            rate_limits: None,
            supported_endpoints: Vec::new(),
            authentication: "unknown",
            warning: None,
            error: None,
            status_code: None,
            tested_at,
            is_unsent: false,
        };

        match asked {
            Ok(health) => Self {
                status: "success",
                api_version: health.version,
                rate_limits: health.rate_limits.map(|limits| LimitsView {
                    remaining_requests: limits.remaining_requests,
                    reset_time: limits.reset_time,
                }),
                supported_endpoints: health.endpoints,
                authentication: "valid",
                ..failed
            },
            Err((reason, error)) => Self {
                authentication: if matches!(error, Some(PartnerError::Credentials { .. })) {
                    "invalid"
                } else {
                    "unknown"
                },
                error: Some(reason),
                status_code: error.as_ref().and_then(status_code),
                ..failed
            },
        }
    }
}

/// Compares as many parts of the versions as the integration names: `v1` goes with `v1.2.3`.
fn version_warning(ours: &str, theirs: &str) -> Option<String> {
    let parts = |version: &str| -> Vec<String> {
        version.trim().trim_start_matches(['v', 'V']).split('.').map(str::to_owned).collect()
    };
    let same = parts(theirs).starts_with(&parts(ours));
    (!same).then(|| format!("the integration's api_version is {ours}, but Geniacs says {theirs}"))
}

/// The HTTP status of the partner's answer, where there was one.
fn status_code(error: &PartnerError) -> Option<u16> {
    match error {
        PartnerError::Rejected { status, .. }
        | PartnerError::Credentials { status, .. }
        | PartnerError::MissingEndpoint { status, .. }
        | PartnerError::DeadCursor { status, .. }
        | PartnerError::SaidFailed { status, .. }
        | PartnerError::Unavailable { status, .. } => Some(*status),
        PartnerError::NewerVersion { .. } => Some(409),
        PartnerError::TooLarge => Some(413),
        PartnerError::Throttled { .. } => Some(429),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_far_as_the_integration_names_them() {
        for (ours, theirs) in [("v1", "v1.2.3"), ("1.2", "v1.2.3"), ("v1.2.3", "1.2.3")] {
            assert_eq!(version_warning(ours, theirs), None, "{ours} {theirs}");
        }
        for (ours, theirs) in [("v1", "v2.0.0"), ("v1", "v10"), ("v1.2", "v1.3")] {
            assert!(version_warning(ours, theirs).is_some_and(|warning| warning.contains(theirs)), "{ours} {theirs}");
        }
    }
}
