//! `sync status`: shows a sync.

use super::sync_run::show;
use super::sync_watch::summary;
use crate::gateway::{Gateway, GatewayOptions};
use clap::Args;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    gateway: GatewayOptions,
    /// The sync's number
    id: i64,
    /// Print the gateway's data
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let (sync, data) = Gateway::new(arguments.gateway)?.sync(arguments.id).await?;
    show(arguments.json, &data, || summary(&sync), ExitCode::SUCCESS)
}
