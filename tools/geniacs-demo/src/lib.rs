//! A made-up provider to try the system with: its data, changes of it, the main job through the gateway, and the comparison
//! of both sides. `make demo` runs its commands one after the other; `geniacs-demo --help` lists them.
//!
//! It speaks to the gateway and to people as `geniacsctl` does, through that program's library: the same settings, options,
//! `--json` and exit codes.

mod cli;
mod commands;
mod provider;
mod provider_data;
mod simulator;

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the command that `arguments` (the program's name first) ask for, and gives the process's exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    geniacsctl::program::run_program::<cli::Arguments>(arguments)
}
