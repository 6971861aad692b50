//! `connect`: the integration with the simulator.

use crate::simulator::Simulator;
use clap::Args;
use geniacsctl::gateway::{Gateway, GatewayError, GatewayOptions};
use geniacsctl::print::Output;
use serde_json::json;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    gateway: GatewayOptions,
    /// The simulator's address
    #[arg(long, env = "SIMULATOR_URL")]
    simulator_url: String,
    /// Where the simulator shall send webhooks: webhook-ingest's address
    #[arg(long, env = "INGEST_URL")]
    ingest_url: String,
    /// The integration's name
    #[arg(long, default_value = "Demo")]
    name: String,
    /// The key that the simulator expects
    #[arg(long, env = "SIMULATOR_API_KEY", hide_env_values = true)]
    api_key: String,
    /// The secret that requests to the simulator are signed with
    #[arg(long, env = "SIMULATOR_API_SECRET", hide_env_values = true)]
    api_secret: String,
    /// Signs webhooks
    #[arg(long, env = "DEMO_WEBHOOK_SECRET", hide_env_values = true)]
    webhook_secret: String,
}

pub(crate) async fn connect_simulator(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let simulator = Simulator::new(&arguments.simulator_url)?;
    let gateway = Gateway::new(arguments.gateway)?;

    let integration = json!({
        "name": arguments.name,
        "description": "The simulator, as a partner",
        "endpoint_url": simulator.partner_url(),
        "api_version": "v1",
        "api_key": arguments.api_key,
        "api_secret": arguments.api_secret,
        "webhook_url": format!("{}/api/geniacs/webhook/handle", arguments.ingest_url.trim_end_matches('/')),
        "webhook_secret": arguments.webhook_secret,
        "is_active": true,
        "sync_enabled": true,
        "configuration": {"auto_sync": false},
    });

    let data = gateway.post("/api/geniacs/integrations", &integration).await?;
    let id = data["integration"]["id"].as_i64().ok_or(GatewayError::Incomplete("the integration's id"))?;

    output.done(id, &json!({"integration_id": id}))?;
    Ok(ExitCode::SUCCESS)
}
