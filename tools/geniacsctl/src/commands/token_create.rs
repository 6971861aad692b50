//! `token create`: makes a bearer token.

use crate::database;
use crate::print::Output;
use anyhow::{Context as _, bail};
use audit_chain::{AuditChain, ChainError};
use clap::Args;
use domain::{EmailKey, Role};
use secrets::Token;
use serde_json::json;
use service::Settings;
use std::process::ExitCode;
use storage::people::audit;
use storage::people::tokens::{self, Made, NewToken, Use};
use storage::people::users::{self, User};
use storage::{AsyncConnection as _, Connection};

const LONGEST_NAME: usize = 255;
const DAY_SECONDS: u32 = 86_400;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Whose token it is
    #[arg(long)]
    email: String,
    /// What it is for
    #[arg(long)]
    name: String,
    /// viewer, operator or admin; the user's own role unless told, and never more than that
    #[arg(long)]
    role: Option<Role>,
    /// Days until it expires; without this it never does
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    expires_days: Option<u32>,
}

pub(crate) async fn create_token(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    if arguments.name.trim().is_empty() || arguments.name.chars().count() > LONGEST_NAME {
        bail!("--name must have 1 to {LONGEST_NAME} characters");
    }

    let settings = Settings::load()?;
    let log = AuditChain::new(settings.encryption.keys()?);
    let mut connection = database::connect_current(&settings).await?;

    let user = find_owner(&mut connection, &arguments).await?;
    let role = arguments.role.unwrap_or(user.role);

    let token = Token::generate();
    let new = NewAccessToken { user: &user, role, arguments: &arguments, token: &token };
    let made = new.add(&mut connection, &log).await.context("the token could not be stored")?;

    let until =
        made.expires_at.map_or("it never expires".to_owned(), |at| format!("it expires at {}", at.to_rfc3339()));
    output
        .note(format_args!("made token {} of {} ({role}); {until}; the token, shown this once:", made.id, user.email));

    let data = json!({
        "id": made.id, "user_id": user.id, "name": arguments.name.trim(), "role": role, "expires_at": made.expires_at,
        "token": token.expose(),
    });

    output.done(token.expose(), &data)?;
    Ok(ExitCode::SUCCESS)
}

async fn find_owner(connection: &mut Connection, arguments: &Arguments) -> anyhow::Result<User> {
    let Some(user) = users::find_by_email(connection, &EmailKey::of(&arguments.email)).await? else {
        bail!("there is no user with the address {}; make one with `geniacsctl user create`", arguments.email);
    };

    if !user.is_active {
        bail!("the user {} is disabled, so a token of theirs would open nothing; enable the user first", user.email);
    }

    match arguments.role {
        Some(role) if role > user.role => {
            bail!("{} is {}, so a token cannot be {role}; ask for --role {}", user.email, user.role, user.role)
        }
        _ => Ok(user),
    }
}

struct NewAccessToken<'a> {
    user: &'a User,
    role: Role,
    arguments: &'a Arguments,
    token: &'a Token,
}

impl NewAccessToken<'_> {
    async fn add(&self, connection: &mut Connection, log: &AuditChain) -> Result<Made, ChainError> {
        let Self { user, role, arguments, token } = self;
        let (name, role) = (arguments.name.trim(), *role);
        let lifetime_seconds = arguments.expires_days.map(|days| f64::from(days) * f64::from(DAY_SECONDS));

        connection
            .transaction(async |connection| {
                let token_hash = &token.hash();
                let new = NewToken {
                    user_id: user.id,
                    name,
                    token_hash,
                    role,
                    lifetime_seconds,
                    is_session: false,
                    user: Use::default(),
                };
                let made = tokens::insert(connection, &new).await?;
                log.add(connection, &audit_entry(user, role, name, &made)).await?;
                Ok(made)
            })
            .await
    }
}

fn audit_entry(user: &User, role: Role, name: &str, made: &Made) -> audit::Entry<'static> {
    let after = serde_json::json!({"user_id": user.id, "name": name, "role": role, "expires_at": made.expires_at});

    audit::Entry {
        user_id: None,
        actor: super::ACTOR,
        address: None,
        action: "token.created",
        subject_type: "token",
        subject_id: Some(made.id),
        before: None,
        after: Some(after),
        request_id: None,
    }
}
