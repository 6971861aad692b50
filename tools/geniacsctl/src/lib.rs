//! The operator's command line: `geniacsctl --help` lists the commands.
//!
//! Settings come from the same environment and file as the services' ([`service::Settings`]). What a command makes goes to
//! standard output, so that a script can take it; what it tells a person goes to standard error. Whatever goes wrong is one
//! sentence `error: …` that names the cause and the remedy, and exit code 1. Two commands have further codes: `sync run
//! --watch` ends with 2 for a sync that ended `partial`.
//!
//! One more command: a file under `commands` with its arguments and its `run`, and a line in `cli.rs`.

mod cli;
mod commands;
mod customers;
mod database;
mod failure;
mod gateway;
mod print;
mod provider;
mod simulator;

use clap::Parser as _;
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// Runs the command that `arguments` (the program's name first) ask for, and gives the process's exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match cli::Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return failure::of_usage(&error),
    };
    std::panic::set_hook(Box::new(|_| {}));
    service::install_tls_provider();
    let outcome = catch_unwind(AssertUnwindSafe(|| start(arguments)));
    match outcome.unwrap_or_else(|_| Err(anyhow::anyhow!(failure::FAULT))) {
        Ok(code) => code,
        Err(error) => failure::of_command(&error),
    }
}

fn start(arguments: cli::Arguments) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new()?;
    let outcome = runtime.block_on(cli::run(arguments.command));
    // A statement that hangs, or a name that is still being looked up, does not hold up the exit.
    runtime.shutdown_background();
    outcome
}
