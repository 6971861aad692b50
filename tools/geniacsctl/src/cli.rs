//! The arguments.

use crate::commands::{
    demo_check, demo_connect, demo_load, demo_reset, demo_run, demo_touch, doctor, keys_generate, migrate, probe,
    sync_run, sync_status, token_create, user_create,
};
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Operates the Geniacs integration.
#[derive(Debug, Parser)]
#[command(
    name = "geniacsctl",
    version,
    about,
    after_help = "Settings come from the environment (DATABASE_URL, \
    AMQP_URL, GENIACS_…) or from the file that GENIACS_CONFIG names, as for the services."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Brings the database's schema to this version
    Migrate,
    /// People who may sign in
    #[command(subcommand)]
    User(User),
    /// Bearer tokens
    #[command(subcommand)]
    Token(Token),
    /// Keys that seal credentials
    #[command(subcommand)]
    Keys(Keys),
    /// Syncs, through the gateway
    #[command(subcommand)]
    Sync(Sync),
    /// A provider's made-up data, and the main job with it
    #[command(subcommand)]
    Demo(Demo),
    /// Checks settings, database, broker, keys and partners, and says what to do
    Doctor,
    /// Asks an address; succeeds if it answers 2xx within 2 s
    Probe(probe::Arguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Adds a person; prints the password if it was made here
    Create(user_create::Arguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Makes a token and prints it, this once
    Create(token_create::Arguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Prints a new entry for GENIACS_ENCRYPTION_KEYS
    Generate(keys_generate::Arguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Sync {
    /// Starts a sync
    Run(sync_run::Arguments),
    /// Shows a sync
    Status(sync_status::Arguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Demo {
    /// Loads customers with COPY, the same for the same seed
    Load(demo_load::Arguments),
    /// Changes customers here, for an incremental to find
    Touch(demo_touch::Arguments),
    /// Compares both sides value by value; fails on any difference
    Check(demo_check::Arguments),
    /// Makes the integration with the simulator; prints its id
    Connect(demo_connect::Arguments),
    /// Runs the main job and checks it
    Run(demo_run::Arguments),
    /// Makes the demo's database anew, beside the one that DATABASE_URL names; prints its address
    Reset(demo_reset::Arguments),
}

/// Runs a command.
pub(crate) async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Migrate => migrate::run().await,
        Command::User(User::Create(arguments)) => user_create::run(arguments).await,
        Command::Token(Token::Create(arguments)) => token_create::run(arguments).await,
        Command::Keys(Keys::Generate(arguments)) => keys_generate::run(&arguments),
        Command::Sync(Sync::Run(arguments)) => sync_run::run(arguments).await,
        Command::Sync(Sync::Status(arguments)) => sync_status::run(arguments).await,
        Command::Demo(demo) => run_demo(demo).await,
        Command::Doctor => doctor::run().await,
        Command::Probe(arguments) => probe::run(arguments).await,
    }
}

async fn run_demo(demo: Demo) -> anyhow::Result<ExitCode> {
    match demo {
        Demo::Load(arguments) => demo_load::run(arguments).await,
        Demo::Touch(arguments) => demo_touch::run(arguments).await,
        Demo::Check(arguments) => demo_check::run(arguments).await,
        Demo::Connect(arguments) => demo_connect::run(arguments).await,
        Demo::Run(arguments) => demo_run::run(arguments).await,
        Demo::Reset(arguments) => demo_reset::run(arguments).await,
    }
}
