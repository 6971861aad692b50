//! Credentials that were refused: tried now and then, so that a partner that mends itself is noticed.

use super::Limits;
use crate::account::Accounts;
use crate::failure::Failure;
use std::time::Duration;
use storage::partners::accounts;
use storage::partners::limits::{self, Test};
use storage::runs::logs;

/// However long the integration's own requests may take.
const LONGEST: Duration = Duration::from_secs(10);

/// Makes the tests that are due, one request each.
pub(super) async fn test_due(limits: &Limits, opened: &Accounts) -> Result<(), Failure> {
    let every = limits.credentials_test_seconds;
    let due = limits::due_tests(&mut *limits.connection().await?, every).await?;
    for Test { integration_id } in due {
        if let Err(error) = test(limits, opened, integration_id).await {
            tracing::info!(%error, integration_id, "refused credentials are still not accepted");
        }
    }
    Ok(())
}

async fn test(limits: &Limits, opened: &Accounts, integration_id: i64) -> Result<(), Failure> {
    let mut connection = limits.connection().await?;
    let Some(account) = accounts::find(&mut connection, integration_id).await? else { return Ok(()) };
    let timeout = Duration::from_secs(u64::try_from(account.timeout_seconds).unwrap_or(30)).min(LONGEST);
    let client = opened.client(&account, timeout)?;

    // It is a request like any other.
    if account.limited
        && limits::take(&mut connection, integration_id, 1, super::pot::ARRIVED.as_secs_f64()).await?.granted == 0
    {
        return Ok(());
    }

    // The partner may take long to answer, and must not keep a connection meanwhile.
    drop(connection);
    client.health().await?;

    let mut connection = limits.connection().await?;
    if limits::accept_credentials(&mut connection, integration_id).await? {
        let message = "Geniacs accepts the credentials again; waiting syncs go on";
        let entry = logs::Entry { level: "info", message: message.to_owned(), ..logs::Entry::default() };
        logs::add(&mut connection, integration_id, None, &[entry]).await?;
    }
    Ok(())
}
