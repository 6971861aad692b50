//! `keys rotate`: seals everything with the ring's first key, while the services run.
//!
//! A batch is a transaction: what is interrupted loses nothing, and the next run goes on with what is left.

use super::keys_status::unused_keys;
use crate::database;
use crate::print::Output;
use anyhow::{Context as _, bail};
use audit_chain::AuditChain;
use clap::Args;
use secrets::{ExposeSecret as _, KeyRing, OpenError, Place};
use serde_json::json;
use service::Settings;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use storage::people::audit::Entry;
use storage::upkeep::sealed::{self, SealedColumn, SealedValue};
use storage::{AsyncConnection as _, Connection};

/// Services that still seal with an older key are met again in the next round.
const ROUNDS: usize = 5;
/// A batch that another transaction was in the way of.
const ATTEMPTS: usize = 5;
const PAUSE: Duration = Duration::from_millis(200);

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How many rows one transaction holds at most
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=10_000))]
    batch: i64,
}

pub(crate) async fn rotate_keys(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let settings = Settings::load()?;
    let keys = settings.encryption.keys()?;
    let mut connection = database::connect_current(&settings).await?;
    let mut rotation = Rotation { keys: keys.clone(), batch: arguments.batch, sealed: 0, closed: Vec::new() };
    for round in 1.. {
        rotation.round(&mut connection, output).await?;

        let used = sealed::keys_in_use(&mut connection, sealed::ALL).await?;
        let others: i64 =
            used.iter().filter(|u| u.key_id.as_deref() != Some(keys.current_id())).map(|u| u.values).sum();

        if others == 0 || !rotation.closed.is_empty() || round == ROUNDS {
            rotation.write_down(&mut connection).await?;
            rotation.prove(others)?;
            return tell_rotation(output, &keys, rotation.sealed, &unused_keys(&keys, &used));
        }
    }
    Ok(ExitCode::SUCCESS)
}

struct Rotation {
    keys: Arc<KeyRing>,
    batch: i64,
    /// How many values were sealed anew.
    sealed: usize,
    /// Values that the ring does not open.
    closed: Vec<OpenError>,
}

impl Rotation {
    async fn round(&mut self, connection: &mut Connection, output: Output) -> anyhow::Result<()> {
        self.closed.clear();
        for column in sealed::ALL {
            let before = self.sealed;
            self.column(connection, *column).await?;
            let count = self.sealed - before;
            output.line(format_args!("{}.{}: {count} value(s) sealed anew", column.table, column.column))?;
        }
        Ok(())
    }

    async fn column(&mut self, connection: &mut Connection, column: SealedColumn) -> anyhow::Result<()> {
        let mut after = i64::MIN;
        while let Some(batch) = self.batch(connection, column, after).await? {
            after = batch.last;
            self.sealed += batch.sealed;
            self.closed.extend(batch.closed);
        }
        Ok(())
    }

    async fn batch(
        &self,
        connection: &mut Connection,
        column: SealedColumn,
        after: i64,
    ) -> anyhow::Result<Option<SealedBatch>> {
        let place = format!("{}.{}", column.table, column.column);

        for _ in 1..ATTEMPTS {
            match self.try_batch(connection, column, after).await {
                // People may edit the same integration at this moment.
                Err(error) if storage::is_serialization_conflict(&error) || storage::is_lock_timeout(&error) => {
                    tokio::time::sleep(PAUSE).await;
                }
                done => return done.with_context(|| format!("{place} could not be sealed anew; run this again")),
            }
        }

        self.try_batch(connection, column, after).await.with_context(|| format!("{place} is locked; run this again"))
    }

    /// None after the last one.
    async fn try_batch(
        &self,
        connection: &mut Connection,
        column: SealedColumn,
        after: i64,
    ) -> storage::Result<Option<SealedBatch>> {
        let (keys, limit) = (self.keys.clone(), self.batch);
        connection
            .transaction(async |connection| {
                let values = sealed::lock_others(connection, column, keys.current_id(), after, limit).await?;
                let Some(last) = values.last().map(|value| value.id) else { return Ok(None) };
                let (new, closed) = seal_anew(&keys, column, values);
                let sealed = sealed::replace(connection, column, &new).await?;
                Ok(Some(SealedBatch { last, sealed, closed }))
            })
            .await
    }

    /// In the audit log, if anything was done.
    async fn write_down(&self, connection: &mut Connection) -> anyhow::Result<()> {
        if self.sealed == 0 {
            return Ok(());
        }

        let entry = Entry {
            user_id: None,
            actor: super::ACTOR,
            address: None,
            action: "keys.rotated",
            subject_type: "key",
            subject_id: None,
            before: None,
            after: Some(json!({"key": self.keys.current_id(), "values": self.sealed})),
            request_id: None,
        };

        let log = AuditChain::new(self.keys.clone());
        let written = connection.transaction(async |connection| log.add(connection, &entry).await).await;
        written.context("the audit log could not be written; everything was sealed all the same")
    }

    /// Ends well only where nothing is sealed with another key.
    fn prove(&self, others: i64) -> anyhow::Result<()> {
        if let Some(first) = self.closed.first() {
            let count = self.closed.len();
            bail!("{count} value(s) do not open and stay as they are, the others were sealed anew; the first: {first}");
        }

        if others > 0 {
            let current = self.keys.current_id();
            bail!(
                "{others} value(s) are sealed with another key again: a service still runs whose first key is not \
                 `{current}`; restart it with this ring, then run this again"
            );
        }

        Ok(())
    }
}

struct SealedBatch {
    last: i64,
    sealed: usize,
    closed: Vec<OpenError>,
}

/// Values as they were read and sealed anew, and those that do not open.
fn seal_anew(
    keys: &KeyRing,
    column: SealedColumn,
    values: Vec<SealedValue>,
) -> (Vec<(i64, String, String)>, Vec<OpenError>) {
    let (mut new, mut closed) = (Vec::with_capacity(values.len()), Vec::new());

    for SealedValue { id, sealed } in values {
        let place = Place { table: column.table, column: column.column, row: id };
        match keys.open(&place, &sealed) {
            Ok(secret) => new.push((id, sealed, keys.seal(&place, secret.expose_secret()))),
            Err(error) => closed.push(error),
        }
    }

    (new, closed)
}

fn tell_rotation(output: Output, keys: &KeyRing, sealed: usize, unused: &[&str]) -> anyhow::Result<ExitCode> {
    let current = keys.current_id();
    output.line(format_args!("every stored value is sealed with key {current}"))?;
    for id in unused {
        output.line(format_args!("key {id} is unused and can be removed from GENIACS_ENCRYPTION_KEYS"))?;
    }
    output.data(&json!({"current": current, "sealed": sealed, "unused": unused}))?;
    Ok(ExitCode::SUCCESS)
}
