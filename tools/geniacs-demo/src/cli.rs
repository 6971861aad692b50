//! The arguments.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use geniacsctl::print::Output;
use geniacsctl::program::Program;

use crate::commands::{check, connect, load, reset, run, touch};

/// A provider's made-up data, and the main job with it.
#[derive(Debug, Parser)]
#[command(
    name = "geniacs-demo",
    version,
    about,
    after_help = "Settings come from the environment (DATABASE_URL, \
    AMQP_URL, GENIACS_…) or from the file that GENIACS_CONFIG names, as for the services."
)]
pub(crate) struct Arguments {
    /// Print one JSON value, for a program; a failure is one JSON object on standard error
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Loads a provider's data with COPY, the same for the same seed
    Load(load::Arguments),
    /// Changes records here, for an incremental to find
    Touch(touch::Arguments),
    /// Compares both sides value by value and reference by reference; fails on any difference
    Check(check::Arguments),
    /// Makes the integration with the simulator; prints its id
    Connect(connect::Arguments),
    /// Runs the main job and checks it
    Run(run::Arguments),
    /// Makes the demo's database anew, beside the one that DATABASE_URL names; prints its address
    Reset(reset::Arguments),
}

impl Program for Arguments {
    fn json(&self) -> bool {
        self.json
    }

    async fn run(self, output: Output) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Load(arguments) => load::load_rows(arguments, output).await,
            Command::Touch(arguments) => touch::touch_rows(arguments, output).await,
            Command::Check(arguments) => check::check_both_sides(arguments, output).await,
            Command::Connect(arguments) => connect::connect_simulator(arguments, output).await,
            Command::Run(arguments) => run::run_demo(arguments, output).await,
            Command::Reset(arguments) => reset::reset_database(arguments, output).await,
        }
    }
}
