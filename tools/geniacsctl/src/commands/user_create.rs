//! `user create`: adds a person who may sign in.

use crate::database;
use crate::print::Output;
use anyhow::{Context as _, bail};
use audit_chain::{AuditChain, ChainError};
use clap::Args;
use domain::Role;
use email_address::{EmailAddress, Options};
use secrets::{ExposeSecret as _, PASSWORD_LENGTH, SecretString, generate_password, hash_password};
use serde_json::json;
use service::Settings;
use std::io::Read as _;
use std::process::ExitCode;
use storage::people::audit;
use storage::people::users::{self, NewUser, User};
use storage::{AsyncConnection as _, Connection, DatabaseErrorKind};

const LONGEST_NAME: usize = 255;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What the person signs in with
    #[arg(long)]
    email: String,
    /// How the person is called
    #[arg(long)]
    name: String,
    /// viewer, operator or admin
    #[arg(long)]
    role: Role,
    /// Read the password from standard input instead of making one
    #[arg(long)]
    password_stdin: bool,
}

pub(crate) async fn create_user(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    check_arguments(&arguments)?;
    let settings = Settings::load()?;
    let log = AuditChain::new(settings.encryption.keys()?);

    let password = if arguments.password_stdin { read_password()? } else { generate_password() };

    let mut connection = database::connect_current(&settings).await?;
    // Hashing takes a good part of a second of a processor.
    let hashed = password.clone();
    let hash = tokio::task::spawn_blocking(move || hash_password(hashed.expose_secret())).await??;

    let user = add_user(&mut connection, &log, &arguments, &hash).await?;
    log.settle(&mut connection).await.context("the beginning of the audit log could not be noted")?;

    output.note(format_args!("made user {} ({}, {})", user.id, user.email, user.role));

    // A password that a person typed is not shown again.
    let made = (!arguments.password_stdin).then(|| password.expose_secret());

    output.data(&json!({
        "user": {"id": user.id, "email": user.email, "name": user.name, "role": user.role},
        "password": made,
    }))?;

    if let Some(password) = made {
        output.note("the password, shown this once:");
        output.line(password)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn check_arguments(arguments: &Arguments) -> anyhow::Result<()> {
    let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
    if EmailAddress::parse_with_options(&arguments.email, options).is_err() {
        bail!("--email is not an e-mail address; give one such as admin@example.com");
    }
    if arguments.name.trim().is_empty() || arguments.name.chars().count() > LONGEST_NAME {
        bail!("--name must have 1 to {LONGEST_NAME} characters");
    }
    Ok(())
}

/// Standard input without the line break at its end.
fn read_password() -> anyhow::Result<SecretString> {
    let mut text = String::new();

    // A character has four bytes at most, and a line break two.
    let limit = u64::try_from(PASSWORD_LENGTH.end() * 4 + 2)?;
    std::io::stdin().take(limit).read_to_string(&mut text).context("the password cannot be read as UTF-8 text")?;

    let password = text.strip_suffix('\n').unwrap_or(&text);
    let password = password.strip_suffix('\r').unwrap_or(password);

    if !PASSWORD_LENGTH.contains(&password.chars().count()) {
        let (least, most) = (PASSWORD_LENGTH.start(), PASSWORD_LENGTH.end());
        bail!("the password on standard input must have {least} to {most} characters");
    }

    Ok(SecretString::from(password))
}

async fn add_user(
    connection: &mut Connection,
    log: &AuditChain,
    arguments: &Arguments,
    password_hash: &str,
) -> anyhow::Result<User> {
    let added = connection
        .transaction(async |connection| {
            let (email, name) = (arguments.email.as_str(), arguments.name.trim());
            let user = users::insert(connection, NewUser { email, name, role: arguments.role, password_hash }).await?;
            log.add(connection, &audit_entry(&user)).await?;
            Ok::<_, ChainError>(user)
        })
        .await;

    match added {
        Ok(user) => Ok(user),
        Err(ChainError::Database(storage::Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _))) => {
            bail!("there is a user with the address {} already; choose another one", arguments.email)
        }
        Err(error) => Err(error).context("the user could not be stored"),
    }
}

fn audit_entry(user: &User) -> audit::Entry<'static> {
    audit::Entry {
        user_id: None,
        actor: super::ACTOR,
        address: None,
        action: "user.created",
        subject_type: "user",
        subject_id: Some(user.id),
        before: None,
        after: Some(serde_json::json!({"email": user.email, "name": user.name, "role": user.role})),
        request_id: None,
    }
}
