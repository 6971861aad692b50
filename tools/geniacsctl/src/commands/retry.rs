//! `retry`: runs again what failed in a sync.

use super::sync_show::{end_code, sync_summary};
use crate::gateway::{Gateway, GatewayOptions};
use crate::print::Output;
use crate::watch::{Screen, watch_sync};
use clap::Args;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    gateway: GatewayOptions,
    /// The number of the sync that ended
    id: i64,
    /// Show the progress, and end with the new sync: 0 success, 2 partial, 1 failed or cancelled
    #[arg(long)]
    watch: bool,
}

pub(crate) async fn retry_sync(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let gateway = Gateway::new(arguments.gateway)?;
    let (sync, data) = gateway.retry(arguments.id).await?;

    if !arguments.watch {
        let text = format!("sync {} sends what failed in sync {}; it is {}", sync.id, arguments.id, sync.status);
        output.done(text, &data)?;
        return Ok(ExitCode::SUCCESS);
    }

    let (sync, data) = watch_sync(&gateway, sync.id, &mut Screen::new(&format!("sync {}", sync.id), output)).await?;
    output.done(sync_summary(&sync), &data)?;
    Ok(end_code(sync.status))
}
