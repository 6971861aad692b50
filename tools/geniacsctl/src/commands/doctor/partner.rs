//! The partners: each active integration's answers, and takes its credentials.

use super::Finding;
use super::keys::all_integrations;
use anyhow::Context as _;
use geniacs::{Account, Client, Guard, HttpOptions, Outbound};
use secrets::{KeyRing, Place, SecretString};
use service::Settings;
use std::time::Duration;
use storage::Connection;
use storage::partners::integrations::{API_KEY_COLUMN, API_SECRET_COLUMN, Integration, TABLE};
use url::Url;

/// A doctor's patience, which may be less than a sync's.
const LONGEST: Duration = Duration::from_secs(10);

pub(super) async fn look_at_partners(settings: &Settings, connection: &mut Connection) -> Vec<Finding> {
    // The part for keys has told already why these cannot be read.
    let (Ok(keys), Ok(integrations)) = (settings.encryption.keys(), all_integrations(connection).await) else {
        return Vec::new();
    };

    let active: Vec<&Integration> = integrations.iter().filter(|integration| integration.is_active).collect();
    if active.is_empty() {
        return vec![Finding::well("partner: there is no active integration")];
    }

    let mut findings = Vec::with_capacity(active.len());
    for integration in active {
        let name = format!("partner: integration {} ({})", integration.id, integration.name);
        findings.push(match ask_partner(settings, &keys, integration).await {
            Ok(answer) => Finding::well(format!("{name}: {answer}")),
            Err(error) => Finding::wrong(format!("{name}: {error:#}")),
        });
    }

    findings
}

async fn ask_partner(settings: &Settings, keys: &KeyRing, integration: &Integration) -> anyhow::Result<String> {
    let base_url = Url::parse(&integration.endpoint_url).context("its endpoint_url is not an address; correct it")?;

    let open = |column, sealed: &str| -> anyhow::Result<SecretString> {
        Ok(keys.open(&Place { table: TABLE, column, row: integration.id }, sealed)?)
    };
    let seconds = u64::try_from(integration.timeout_seconds).unwrap_or(LONGEST.as_secs());

    let account = Account {
        base_url,
        api_key: open(API_KEY_COLUMN, &integration.api_key_encrypted)?,
        api_secret: open(API_SECRET_COLUMN, &integration.api_secret_encrypted)?,
        timeout: Duration::from_secs(seconds).min(LONGEST),
        endpoints: integration.settings().endpoints.into_iter().collect(),
    };

    let guard = Guard::new(settings.outbound.allow_http, &settings.outbound.allow);
    let client = Client::new(Outbound::new(&HttpOptions::default(), guard)?, account)?;

    let health = client.health().await.context("check endpoint_url, credentials and the partner itself")?;
    let version = health.version.unwrap_or_else(|| "no version".to_owned());
    let expected = &integration.api_version;

    Ok(if version.starts_with(expected.as_str()) {
        format!("answers, with version {version}")
    } else {
        format!("answers, but with version {version} where the integration expects {expected}; compare the two")
    })
}
