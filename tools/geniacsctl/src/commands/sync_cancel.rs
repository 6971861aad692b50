//! `sync cancel`: ends a sync that waits or runs.

use super::sync_show::sync_summary;
use crate::gateway::{Gateway, GatewayOptions};
use crate::print::Output;
use clap::Args;
use domain::SyncStatus;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    gateway: GatewayOptions,
    /// The sync's number
    id: i64,
}

pub(crate) async fn cancel_sync(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let (sync, data) = Gateway::new(arguments.gateway)?.cancel(arguments.id).await?;
    let text = match sync.status {
        SyncStatus::Cancelled => sync_summary(&sync),
        _ => format!("sync {} ends as soon as its requests under way have been answered", sync.id),
    };
    output.done(text, &data)?;
    Ok(ExitCode::SUCCESS)
}
