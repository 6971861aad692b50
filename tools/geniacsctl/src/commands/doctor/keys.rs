//! The keys: every integration's credentials open with the ring.

use super::Finding;
use secrets::{KeyRing, Place};
use service::Settings;
use storage::Connection;
use storage::integrations::{
    API_KEY_COLUMN, API_SECRET_COLUMN, Filter, Integration, TABLE, WEBHOOK_SECRET_COLUMN, page,
};

const PAGE: i64 = 100;

pub(super) async fn look(settings: &Settings, connection: &mut Connection) -> Vec<Finding> {
    let keys = match settings.encryption.keys() {
        Ok(keys) => keys,
        Err(error) => return vec![Finding::wrong(format!("keys: {error}"))],
    };
    let integrations = match all(connection).await {
        Ok(integrations) => integrations,
        Err(error) => {
            return vec![Finding::wrong(format!("keys: the integrations cannot be read ({error}); try again"))];
        }
    };
    let closed: Vec<Finding> = integrations.iter().flat_map(|integration| closed(&keys, integration)).collect();
    if closed.is_empty() {
        let ids: Vec<&str> = keys.ids().collect();
        let count = integrations.len();
        return vec![Finding::well(format!(
            "keys: credentials of {count} integration(s) open (ring: {})",
            ids.join(", ")
        ))];
    }
    closed
}

/// The credentials of an integration that do not open.
fn closed(keys: &KeyRing, integration: &Integration) -> Vec<Finding> {
    let row = integration.id;
    [
        (API_KEY_COLUMN, Some(&integration.api_key_encrypted)),
        (API_SECRET_COLUMN, Some(&integration.api_secret_encrypted)),
        (WEBHOOK_SECRET_COLUMN, integration.webhook_secret.as_ref()),
    ]
    .into_iter()
    .filter_map(|(column, sealed)| keys.open(&Place { table: TABLE, column, row }, sealed?).err())
    .map(|error| Finding::wrong(format!("keys: integration {row}: {error}")))
    .collect()
}

/// Every integration that is not archived.
pub(super) async fn all(connection: &mut Connection) -> storage::Result<Vec<Integration>> {
    let mut integrations = Vec::new();
    loop {
        let offset = i64::try_from(integrations.len()).unwrap_or(i64::MAX);
        let found = page(connection, Filter::default(), offset, PAGE).await?;
        if found.is_empty() {
            return Ok(integrations);
        }
        integrations.extend(found);
    }
}
