//! The arguments.

use crate::commands::{
    audit_verify, check_run, check_show, completions, conflicts_list, conflicts_resolve, doctor, export, import,
    keys_generate, keys_rotate, keys_status, migrate, probe, record_show, record_timeline, replay, retry, sync_apply,
    sync_cancel, sync_preview, sync_resume, sync_run, sync_status, syncs, token_create, user_create,
};
use crate::print::Output;
use crate::program::Program;
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
    /// Print one JSON value, for a program; a failure is one JSON object on standard error
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
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
    /// The log of who changed what
    #[command(subcommand)]
    Audit(Audit),
    /// Syncs, through the gateway
    #[command(subcommand)]
    Sync(Sync),
    /// Comparisons of both sides, through the gateway; neither is changed
    #[command(subcommand)]
    Check(Check),
    /// Lists syncs, newest first
    Syncs(syncs::Arguments),
    /// Records and their history, through the gateway
    #[command(subcommand)]
    Record(Record),
    /// Runs again what failed in a sync that ended
    Retry(retry::Arguments),
    /// What both sides changed
    #[command(subcommand)]
    Conflicts(Conflicts),
    /// Applies stored webhook events once more
    Replay(replay::Arguments),
    /// Writes integrations with their mappings and schedules as YAML, without secrets
    Export(export::Arguments),
    /// Makes integrations, mappings and schedules as a file says, and changes those that differ
    Import(import::Arguments),
    /// Checks settings, database, broker, keys and partners, and says what to do
    Doctor,
    /// Asks an address; succeeds if it answers 2xx within 2 s
    Probe(probe::Arguments),
    /// Prints what a shell needs to complete words: bash, zsh or fish
    Completions(completions::Arguments),
}

#[derive(Debug, Subcommand)]
enum User {
    /// Adds a person; prints the password if it was made here
    Create(user_create::Arguments),
}

#[derive(Debug, Subcommand)]
enum Token {
    /// Makes a token and prints it, this once
    Create(token_create::Arguments),
}

#[derive(Debug, Subcommand)]
enum Keys {
    /// Prints a new entry for GENIACS_ENCRYPTION_KEYS
    Generate(keys_generate::Arguments),
    /// Seals everything with the first key of the ring, while the services run; proves that the others are unused
    Rotate(keys_rotate::Arguments),
    /// Counts sealed values by key and column
    Status,
}

#[derive(Debug, Subcommand)]
enum Audit {
    /// Checks that every entry is as it was written, and names the first that is not
    Verify(audit_verify::Arguments),
}

#[derive(Debug, Subcommand)]
enum Sync {
    /// Starts a sync
    Run(sync_run::Arguments),
    /// Shows a sync
    Status(sync_status::Arguments),
    /// Ends a sync that waits or runs
    Cancel(sync_cancel::Arguments),
    /// Goes on where an interrupted sync stopped
    Resume(sync_resume::Arguments),
    /// Shows what a dry run would do, record by record
    Preview(sync_preview::Arguments),
    /// Does what a dry run planned, but for the records that have moved on since
    Apply(sync_apply::Arguments),
}

#[derive(Debug, Subcommand)]
enum Check {
    /// Starts a comparison of all records of an entity
    Run(check_run::Arguments),
    /// Shows what differs
    Show(check_show::Arguments),
}

#[derive(Debug, Subcommand)]
enum Record {
    /// Shows a local record beside its link
    Show(record_show::Arguments),
    /// Lists what happened to a record, newest first, with why
    Timeline(record_timeline::Arguments),
}

#[derive(Debug, Subcommand)]
enum Conflicts {
    /// Lists conflicts, newest first
    List(conflicts_list::Arguments),
    /// Decides an open one
    Resolve(conflicts_resolve::Arguments),
}

impl Program for Arguments {
    fn json(&self) -> bool {
        self.json
    }

    async fn run(self, output: Output) -> anyhow::Result<ExitCode> {
        run_command(self.command, output).await
    }
}

async fn run_command(command: Command, output: Output) -> anyhow::Result<ExitCode> {
    match command {
        Command::Migrate => migrate::migrate_database(output).await,
        Command::User(User::Create(arguments)) => user_create::create_user(arguments, output).await,
        Command::Token(Token::Create(arguments)) => token_create::create_token(arguments, output).await,
        Command::Keys(Keys::Generate(arguments)) => keys_generate::generate_key(&arguments, output),
        Command::Audit(Audit::Verify(arguments)) => audit_verify::verify_audit_log(arguments, output).await,
        Command::Keys(Keys::Rotate(arguments)) => keys_rotate::rotate_keys(arguments, output).await,
        Command::Keys(Keys::Status) => keys_status::show_keys(output).await,
        Command::Sync(Sync::Run(arguments)) => sync_run::run_sync(arguments, output).await,
        Command::Sync(Sync::Status(arguments)) => sync_status::show_sync_status(arguments, output).await,
        Command::Sync(Sync::Preview(arguments)) => sync_preview::show_preview(arguments, output).await,
        Command::Sync(Sync::Apply(arguments)) => sync_apply::apply_plan(arguments, output).await,
        Command::Check(Check::Run(arguments)) => check_run::run_check(arguments, output).await,
        Command::Check(Check::Show(arguments)) => check_show::show_check(arguments, output).await,
        Command::Sync(Sync::Cancel(arguments)) => sync_cancel::cancel_sync(arguments, output).await,
        Command::Sync(Sync::Resume(arguments)) => sync_resume::resume_sync(arguments, output).await,
        Command::Syncs(arguments) => syncs::list_syncs(arguments, output).await,
        Command::Record(Record::Show(arguments)) => record_show::show_record(arguments, output).await,
        Command::Record(Record::Timeline(arguments)) => record_timeline::show_timeline(arguments, output).await,
        Command::Retry(arguments) => retry::retry_sync(arguments, output).await,
        Command::Conflicts(Conflicts::List(arguments)) => conflicts_list::list_conflicts(arguments, output).await,
        Command::Conflicts(Conflicts::Resolve(arguments)) => {
            conflicts_resolve::resolve_conflict(arguments, output).await
        }
        Command::Replay(arguments) => replay::replay_events(arguments, output).await,
        Command::Export(arguments) => export::export_integrations(arguments, output).await,
        Command::Import(arguments) => import::import_integrations(arguments, output).await,
        Command::Doctor => doctor::run_doctor(output).await,
        Command::Probe(arguments) => probe::probe_url(arguments, output).await,
        Command::Completions(arguments) => completions::write_completions(&arguments, output),
    }
}
