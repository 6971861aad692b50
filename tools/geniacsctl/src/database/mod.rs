//! Connections to PostgreSQL, with what to do when there is none. Diesel has no COPY and hides the client's own methods,
//! so there is a tokio-postgres client beside it.

mod client;

pub use client::{connect_client, innermost_cause};

use anyhow::Context as _;
use secrets::SecretString;
use service::Settings;
use std::time::Duration;
use storage::{Connection, PoolOptions};

/// An operator's statement may take long, but not for ever.
const STATEMENT_TIMEOUT: Duration = Duration::from_hours(1);
const NO_CONNECTION: &str = "PostgreSQL cannot be used; check that it runs and that DATABASE_URL is right";

/// A connection to an address as storage's functions take it.
pub(crate) async fn connect_storage(url: &SecretString) -> anyhow::Result<Connection> {
    let options = PoolOptions {
        url: url.clone(),
        size: 1,
        role: None,
        application_name: "geniacsctl".to_owned(),
        statement_timeout: STATEMENT_TIMEOUT,
        least_log_level: "info",
    };

    let pool = storage::pool::pool(&options)?;
    let connection = storage::pool::get(&pool).await.context(NO_CONNECTION)?;
    Ok(storage::pool::take(connection))
}

/// A connection to the database of the settings, whose schema must be this version's.
pub async fn connect_current(settings: &Settings) -> anyhow::Result<Connection> {
    let url = settings.database.url()?;
    storage::upkeep::migrations::check(connect_storage(url).await?).await?;
    connect_storage(url).await
}
