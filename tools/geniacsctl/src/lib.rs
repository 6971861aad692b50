//! The operator's command line: `geniacsctl --help` lists the commands.
//!
//! Settings come from the same environment and file as the services' ([`service::Settings`]). What a command makes goes to
//! standard output, so that a script can take it; what it tells a person goes to standard error. A failure is one
//! sentence `error: …` that names the cause and the remedy, and exit code 1. With `--watch` (and `sync run --all`) a sync
//! that ended `partial` gives 2.
//!
//! `--json` goes with every command: standard output is one JSON value, standard error is empty or one JSON object in the
//! form of the gateway's failures (`success`, `message`, `error.code`), and the exit codes are the same.
//!
//! One more command: a file under `commands` with its arguments and its `run`, and a line in `cli.rs`.
//!
//! The public items are for `geniacs-demo`, which works in the same way.

mod cli;
mod commands;
pub mod database;
mod failure;
pub mod gateway;
mod manifest;
pub mod print;
pub mod program;
pub mod watch;

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the command that `arguments` (the program's name first) ask for, and gives the process's exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    program::run_program::<cli::Arguments>(arguments)
}
