//! How a program of this kind runs: its arguments, one command, one sentence if it fails, and an exit code.

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser;

use crate::failure;
use crate::print::Output;

/// Arguments that name a command.
pub trait Program: Parser {
    /// Whether a program reads the output.
    fn json(&self) -> bool;

    /// Runs the command.
    fn run(self, output: Output) -> impl Future<Output = anyhow::Result<ExitCode>>;
}

/// Runs the command that `arguments` (the program's name first) ask for, and gives the process's exit code.
pub fn run_program<P: Program>(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    // Known even where the arguments as a whole are not understood.
    let asks_for_json = arguments.iter().any(|argument| argument == "--json");

    let program = match P::try_parse_from(arguments) {
        Ok(program) => program,
        Err(error) => return failure::of_usage::<P>(&error, Output::new(asks_for_json)),
    };
    let output = Output::new(program.json());

    // A panic is told as a fault of the program, below, in one sentence like every failure.
    std::panic::set_hook(Box::new(|_| {}));
    service::install_tls_provider();
    let outcome = catch_unwind(AssertUnwindSafe(|| start_program(program, output)));

    match outcome.unwrap_or_else(|_| Err(anyhow::anyhow!(failure::FAULT))) {
        Ok(code) => code,
        Err(error) => failure::of_command(&error, output),
    }
}

fn start_program(program: impl Program, output: Output) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new()?;
    let outcome = runtime.block_on(program.run(output));
    // A statement that hangs, or a name that is still being looked up, does not hold up the exit.
    runtime.shutdown_background();
    outcome
}
