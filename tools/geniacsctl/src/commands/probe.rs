//! `probe`: whether an address answers, for health checks of containers that have no other client.

use crate::gateway::innermost;
use crate::print::Output;
use anyhow::bail;
use clap::Args;
use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Such as http://127.0.0.1:8080/readyz
    url: String,
}

pub(crate) async fn probe_url(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let url = arguments.url;
    let client = geniacs::http_client(&geniacs::HttpOptions::default())?;

    match client.get(&url).timeout(TIMEOUT).send().await {
        Ok(response) if response.status().is_success() => {
            output.data(&json!({"url": url, "status": response.status().as_u16()}))?;
            Ok(ExitCode::SUCCESS)
        }
        Ok(response) => bail!("{url} answers HTTP {}; its body says why", response.status().as_u16()),
        Err(error) => {
            bail!("{url} does not answer ({}); check the address and that the service runs", innermost(&error))
        }
    }
}
