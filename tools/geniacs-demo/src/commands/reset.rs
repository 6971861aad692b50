//! `reset`: an empty database for a demo, and empty queues.

use crate::provider::admin::{create_database, drop_database};
use anyhow::{Context as _, bail};
use broker::{Broker, BrokerOptions};
use clap::Args;
use geniacsctl::database::connect_client;
use geniacsctl::print::Output;
use secrets::ExposeSecret as _;
use serde_json::json;
use service::Settings;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tokio::time::sleep;
use url::Url;

const DELETING: Duration = Duration::from_secs(15);
const PACE: Duration = Duration::from_millis(200);

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The database's name
    #[arg(long, default_value = "demo")]
    name: String,
    /// Also delete the exchange and the queues under GENIACS_BROKER__PREFIX, with all that is in them, and declare them anew
    #[arg(long)]
    queues: bool,
    /// Only drop and delete
    #[arg(long)]
    drop: bool,
}

pub(crate) async fn reset_database(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let name = arguments.name.as_str();
    if !is_plain(name) {
        bail!("--name must have 1 to 63 small letters, digits or `_`, and begin with a letter");
    }

    let settings = Settings::load()?;
    let mut url = Url::parse(settings.database.direct_url()?.expose_secret())?;
    if url.path().trim_start_matches('/') == name {
        bail!("DATABASE_URL names the database {name} itself; name another one of the same server, such as postgres");
    }

    let client = connect_client(settings.database.direct_url()?).await?;
    drop_database(&client, name).await?;
    if arguments.queues {
        empty_queues(&settings, arguments.drop).await?;
    }

    if !arguments.drop {
        create_database(&client, name).await?;
        url.set_path(name);
        output.line(&url)?;
    }

    output.data(&json!({"database": name, "url": (!arguments.drop).then_some(url)}))?;
    Ok(ExitCode::SUCCESS)
}

/// Deletes the queues and, unless told otherwise, declares them before any service does.
async fn empty_queues(settings: &Settings, only_delete: bool) -> anyhow::Result<()> {
    let options = BrokerOptions::new(settings.broker.url()?.clone(), settings.broker.prefix.clone());
    broker::delete_all(&options).await.context("the queues could not be deleted")?;
    if only_delete {
        return Ok(());
    }

    let started = Instant::now();
    loop {
        match Broker::connect_once(&options).await {
            // RabbitMQ 3.10 refuses a quorum queue for as long as it is still busy with deleting one of that name.
            Err(_) if started.elapsed() < DELETING => sleep(PACE).await,
            declared => return declared.context("the queues could not be declared anew"),
        }
    }
}

/// Fit for a name that stands in a statement.
fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.len() <= 63 && name.starts_with(|first: char| first.is_ascii_lowercase()) && name.bytes().all(plain)
}
