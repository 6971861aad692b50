//! `completions`: what a shell needs to complete words.

use crate::cli;
use crate::print::Output;
use clap::{Args, CommandFactory as _, ValueEnum};
use clap_complete::Shell;
use serde_json::json;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// For which shell
    shell: KnownShell,
}

/// Shells that are known.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum KnownShell {
    Bash,
    Zsh,
    Fish,
}

pub(crate) fn write_completions(arguments: &Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let (shell, name) = match arguments.shell {
        KnownShell::Bash => (Shell::Bash, "bash"),
        KnownShell::Zsh => (Shell::Zsh, "zsh"),
        KnownShell::Fish => (Shell::Fish, "fish"),
    };

    let mut script = Vec::new();
    clap_complete::generate(shell, &mut cli::Arguments::command(), "geniacsctl", &mut script);
    let script = String::from_utf8(script)?;

    output.done(script.trim_end(), &json!({"shell": name, "script": script}))?;
    Ok(ExitCode::SUCCESS)
}
