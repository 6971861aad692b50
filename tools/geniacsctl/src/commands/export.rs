//! `export`: integrations with their mappings and schedules as YAML.

use crate::gateway::{Gateway, GatewayOptions};
use crate::manifest::{self, Existing, INTEGRATION, ManifestEntry};
use crate::print::Output;
use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    gateway: GatewayOptions,
    /// Only the integration of this name; as often as needed
    #[arg(long = "integration", value_name = "NAME")]
    names: Vec<String>,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) async fn export_integrations(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let gateway = Gateway::new(arguments.gateway)?;
    let all = Existing::all(&gateway, &INTEGRATION, None).await?;
    let titles: Vec<String> = all.iter().map(|existing| INTEGRATION.title(&existing.fields)).collect();
    if let Some(unknown) = arguments.names.iter().find(|name| !titles.contains(name)) {
        bail!("there is no integration with the name {unknown}; there are: {}", titles.join(", "));
    }

    let mut entries = Vec::new();
    for (existing, title) in all.iter().zip(&titles) {
        if arguments.names.is_empty() || arguments.names.contains(title) {
            entries.push(ManifestEntry::of(&gateway, existing).await?);
        }
    }

    let text = manifest::write_manifest(&entries)?;

    let data = json!({"version": 1, "integrations": entries.iter().map(ManifestEntry::data).collect::<Vec<_>>()});

    match arguments.output {
        None => output.done(text.trim_end(), &data)?,
        Some(file) => {
            std::fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))?;
            output.note(format_args!("wrote {} integrations to {}", entries.len(), file.display()));
            output.data(&data)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
