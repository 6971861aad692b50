//! `doctor`: what is wrong, and what to do.

mod broker;
mod database;
mod keys;
mod partner;
mod settings;

use crate::print;
use ::service::Settings;
use std::process::ExitCode;

/// One line of the doctor's.
pub(super) struct Finding {
    well: bool,
    text: String,
}

impl Finding {
    fn well(text: impl Into<String>) -> Self {
        Self { well: true, text: text.into() }
    }

    /// What is wrong, and what to do.
    fn wrong(text: impl Into<String>) -> Self {
        Self { well: false, text: text.into() }
    }

    fn show(&self) -> std::io::Result<()> {
        // What others say may have several lines.
        let text = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        print::line(format_args!("{} {text}", if self.well { "✓" } else { "✗" }))
    }
}

pub(crate) async fn run() -> anyhow::Result<ExitCode> {
    let mut well = true;
    let mut show = |finding: &Finding| {
        well &= finding.well;
        finding.show()
    };
    let settings = match Settings::load() {
        Ok(settings) => settings,
        Err(error) => {
            show(&Finding::wrong(format!("settings: {error}")))?;
            return Ok(ExitCode::FAILURE);
        }
    };
    for finding in settings::look(&settings) {
        show(&finding)?;
    }
    let (findings, connection) = database::look(&settings).await;
    for finding in &findings {
        show(finding)?;
    }
    show(&broker::look(&settings).await)?;
    match connection {
        Some(mut connection) => {
            for finding in keys::look(&settings, &mut connection).await {
                show(&finding)?;
            }
            for finding in partner::look(&settings, &mut connection).await {
                show(&finding)?;
            }
        }
        None => show(&Finding::wrong("keys and partners: not looked at without the database; put that right first"))?,
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
