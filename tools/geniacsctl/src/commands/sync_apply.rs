//! `sync apply`: does what a dry run planned.

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
    /// The number of the dry run, or of a consistency check
    id: i64,
    /// Show the progress, and end with the new sync: 0 success, 2 partial, 1 failed or cancelled
    #[arg(long)]
    watch: bool,
}

pub(crate) async fn apply_plan(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let gateway = Gateway::new(arguments.gateway)?;
    let (sync, data) = gateway.apply(arguments.id).await?;

    if !arguments.watch {
        let text = format!("sync {} does what sync {} planned; it is {}", sync.id, arguments.id, sync.status);
        output.done(text, &data)?;
        return Ok(ExitCode::SUCCESS);
    }

    let (sync, data) = watch_sync(&gateway, sync.id, &mut Screen::new(&format!("sync {}", sync.id), output)).await?;
    output.done(sync_summary(&sync), &data)?;
    Ok(end_code(sync.status))
}
