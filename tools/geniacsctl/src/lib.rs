//! The operator's command line: `geniacsctl --help` lists the commands.
//!
//! Settings come from the same environment and file as the services' ([`service::Settings`]). What a command makes goes to
//! standard output, so that a script can take it; what it tells a person goes to standard error. Whatever goes wrong is one
//! sentence `error: …` that names the cause and the remedy, and exit code 1. With `--watch` (and `sync run --all`) a sync
//! that ended `partial` gives 2.
//!
//! `--json` goes with every command: standard output is one JSON value, standard error is empty or one JSON object in the
//! form of the gateway's failures (`success`, `message`, `error.code`), and the exit codes are the same.
//!
//! One more command: a file under `commands` with its arguments and its `run`, and a line in `cli.rs`.

mod cli;
mod commands;
mod database;
mod failure;
mod gateway;
mod manifest;
mod print;
mod provider;
mod provider_data;
mod simulator;

use clap::Parser as _;
use print::Output;
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// Runs the command that `arguments` (the program's name first) ask for, and gives the process's exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    // Known even where the arguments as a whole are not understood.
    let asks_for_json = arguments.iter().any(|argument| argument == "--json");
    let arguments = match cli::Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return failure::of_usage(&error, Output::new(asks_for_json)),
    };
    let output = Output::new(arguments.json);
    std::panic::set_hook(Box::new(|_| {}));
    service::install_tls_provider();
    let outcome = catch_unwind(AssertUnwindSafe(|| start(arguments, output)));
    match outcome.unwrap_or_else(|_| Err(anyhow::anyhow!(failure::FAULT))) {
        Ok(code) => code,
        Err(error) => failure::of_command(&error, output),
    }
}

fn start(arguments: cli::Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new()?;
    let outcome = runtime.block_on(cli::run(arguments.command, output));
    // A statement that hangs, or a name that is still being looked up, does not hold up the exit.
    runtime.shutdown_background();
    outcome
}
