//! `import`: what a manifest says, made so. Things are made or changed, by name; nothing that the file does not name is
//! touched, but for the default mappings and schedules of an integration that is made by it.

mod apply;
mod change;
mod keys;

use crate::gateway::{Gateway, GatewayOptions};
use crate::manifest::integrations_of;
use crate::print::Output;
use anyhow::Context as _;
use apply::Import;
use clap::Args;
use keys::Keys;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    gateway: GatewayOptions,
    /// A file as `export` writes it; `-` is standard input
    file: PathBuf,
    /// Only show what would be made and changed
    #[arg(long)]
    dry_run: bool,
    /// YAML with the keys of new integrations by name: `Main: {api_key: …, api_secret: …, webhook_secret: …}`; without it
    /// they come from the environment variables that the file names
    #[arg(long, value_name = "FILE")]
    keys_file: Option<PathBuf>,
}

pub(crate) async fn import_integrations(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let named = || format!("{} cannot be used", arguments.file.display());
    let entries = integrations_of(&read_file(&arguments.file)?).with_context(named)?;
    let keys = Keys::read(arguments.keys_file.as_deref())?;

    let gateway = Gateway::new(arguments.gateway)?;

    let mut import = Import::new(&gateway, &keys, arguments.dry_run, output);
    let done = import.run(&entries).await;

    if let Err(error) = done {
        return Err(error.context(import.so_far()));
    }

    import.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn read_file(file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("standard input cannot be read as UTF-8 text")?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}
