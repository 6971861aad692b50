//! `doctor`: what is wrong, and what to do.

mod broker;
mod database;
mod keys;
mod partner;
mod settings;

use crate::print::Output;
use ::service::Settings;
use serde_json::json;
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

    /// An error of a library may have several lines.
    fn line(&self) -> String {
        self.text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// The findings so far.
struct Findings {
    output: Output,
    all: Vec<Finding>,
}

impl Findings {
    fn add(&mut self, found: impl IntoIterator<Item = Finding>) -> std::io::Result<()> {
        for finding in found {
            self.output.line(format_args!("{} {}", if finding.well { "✓" } else { "✗" }, finding.line()))?;
            self.all.push(finding);
        }
        Ok(())
    }

    fn end(&self) -> std::io::Result<ExitCode> {
        let well = self.all.iter().all(|finding| finding.well);
        let all: Vec<_> = self.all.iter().map(|f| json!({"well": f.well, "finding": f.line()})).collect();
        self.output.data(&json!({"well": well, "findings": all}))?;
        Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

pub(crate) async fn run_doctor(output: Output) -> anyhow::Result<ExitCode> {
    let mut findings = Findings { output, all: Vec::new() };
    let settings = match Settings::load() {
        Ok(settings) => settings,
        Err(error) => {
            findings.add([Finding::wrong(format!("settings: {error}"))])?;
            return Ok(findings.end()?);
        }
    };

    findings.add(settings::look_at_settings(&settings))?;

    let (found, connection) = database::look_at_database(&settings).await;
    findings.add(found)?;
    findings.add([broker::look_at_broker(&settings).await])?;

    // Keys and partners are read from the database.
    if let Some(mut connection) = connection {
        findings.add(keys::look_at_keys(&settings, &mut connection).await)?;
        findings.add(partner::look_at_partners(&settings, &mut connection).await)?;
    } else {
        let unseen = "keys and partners: not looked at without the database; put that right first";
        findings.add([Finding::wrong(unseen)])?;
    }

    Ok(findings.end()?)
}
