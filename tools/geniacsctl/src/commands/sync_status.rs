//! `sync status`: shows a sync.

use super::sync_show::sync_summary;
use crate::gateway::{Gateway, GatewayOptions};
use crate::print::Output;
use clap::Args;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    gateway: GatewayOptions,
    /// The sync's number
    id: i64,
}

pub(crate) async fn show_sync_status(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let (sync, data) = Gateway::new(arguments.gateway)?.sync(arguments.id).await?;
    output.done(sync_summary(&sync), &data)?;
    Ok(ExitCode::SUCCESS)
}
