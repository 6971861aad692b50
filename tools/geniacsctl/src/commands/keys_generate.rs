//! `keys generate`: a new entry for the key ring.

use crate::print::Output;
use anyhow::bail;
use clap::Args;
use secrets::KeyRing;
use serde_json::json;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The key's name on the ring: up to 32 letters, digits, `-` or `_`; today's date unless told
    #[arg(long)]
    id: Option<String>,
}

pub(crate) fn generate_key(arguments: &Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let id = arguments.id.clone().unwrap_or_else(|| chrono::Utc::now().date_naive().to_string());
    let entry = KeyRing::generate_entry(&id);

    if KeyRing::parse(&entry).is_err() {
        bail!("--id must have 1 to 32 letters, digits, `-` or `_`");
    }

    output.note(
        "put this entry last in GENIACS_ENCRYPTION_KEYS, with a comma before it, and restart the services; then first, and \
         restart them again; then run `geniacsctl keys rotate`:",
    );
    output.done(&entry, &json!({"entry": entry}))?;
    Ok(ExitCode::SUCCESS)
}
