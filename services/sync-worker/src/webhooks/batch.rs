//! One transaction over a batch of events.

use super::event::{Meaning, read, use_geniacs_names};
use crate::failure::Failure;
use crate::incoming::{self, Incoming, Outcome, Target};
use crate::references::UNRESOLVED;
use crate::run::{compile, field_mapping};
use crate::worker::Worker;
use domain::EntityType;
use domain::integration::Configuration;
use domain::sync::SyncOptions;
use domain::webhook::WebhookState;
use mapping::{Context, FieldMapping, References};
use std::collections::BTreeMap;
use storage::waiting::{self, Wait};
use storage::webhooks::{self, Event, Verdict};
use storage::{AsyncConnection, Connection, accounts, logs, mappings};

/// Events in one transaction.
pub(super) const SIZE: i64 = 256;
/// An event that breaks its transaction so often is set aside.
const MOST_ATTEMPTS: i32 = 5;
/// The first wait after such a failure; it doubles.
const FIRST_DELAY_SECONDS: f64 = 2.0;

/// Applies up to `size` events of one integration; returns how many there were.
pub(super) async fn apply(worker: &Worker, size: i64) -> Result<usize, Failure> {
    let timeout = worker.settings.webhooks.timeout;
    let mut connection = worker.connection().await?;
    let work = connection.transaction(async |connection| {
        let events = webhooks::lock_batch(connection, size).await?;
        apply_locked(connection, &events).await?;
        Ok::<_, Failure>(events.len())
    });
    if let Ok(applied) = tokio::time::timeout(timeout, work).await {
        return applied;
    }
    // The transaction is still open on this connection: closed, it is rolled back.
    drop(storage::pool::take(connection));
    Err(Failure::fatal("timeout", "a batch of events took too long"))
}

/// Applies the events of a batch that failed, each in a transaction of its own. What fails again is put off, and in the
/// end set aside.
pub(super) async fn apply_each_alone(worker: &Worker) -> Result<(), Failure> {
    for _ in 0..SIZE {
        match apply(worker, 1).await {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(Failure::Pool(error)) => return Err(error.into()),
            Err(error) if super::is_passing(&error) => return Err(error),
            Err(error) => put_off_first(worker, &error).await?,
        }
    }
    Ok(())
}

async fn put_off_first(worker: &Worker, error: &Failure) -> Result<(), Failure> {
    let mut connection = worker.connection().await?;
    connection
        .transaction(async |connection| {
            let Some(event) = webhooks::lock_batch(connection, 1).await?.into_iter().next() else { return Ok(()) };
            if event.processing_attempts + 1 >= MOST_ATTEMPTS {
                let verdict = set_aside(&event, "error", error.to_string());
                return Ok(webhooks::conclude(connection, &[verdict]).await?);
            }
            let delay = FIRST_DELAY_SECONDS * 2f64.powi(event.processing_attempts);
            Ok(webhooks::put_off(connection, event.id, delay, &error.to_string()).await?)
        })
        .await
}

async fn apply_locked(connection: &mut Connection, events: &[Event]) -> Result<(), Failure> {
    let Some(integration_id) = events.first().map(|event| event.integration_id) else { return Ok(()) };
    let mut verdicts = Vec::with_capacity(events.len());
    let mut warnings = Vec::new();
    let mut by_entity: BTreeMap<EntityType, Vec<(&Event, Incoming)>> = BTreeMap::new();
    for event in events {
        match read(event) {
            Meaning::Record(entity, incoming) => by_entity.entry(entity).or_default().push((event, incoming)),
            Meaning::UnknownType => {
                warnings.push(unknown_type(event));
                verdicts.push(verdict(event, WebhookState::Processed, "unknown_type"));
            }
            Meaning::Unusable(outcome, reason) => verdicts.push(set_aside(event, outcome, reason)),
        }
    }
    for (entity, records) in by_entity {
        apply_entity(connection, integration_id, entity, records, &mut verdicts, &mut warnings).await?;
    }
    webhooks::conclude(connection, &verdicts).await?;
    logs::add(connection, integration_id, None, &warnings).await?;
    for verdict in &verdicts {
        crate::metrics::event_ended(verdict.state);
    }
    Ok(())
}

async fn apply_entity(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    records: Vec<(&Event, Incoming)>,
    verdicts: &mut Vec<Verdict>,
    warnings: &mut Vec<logs::Entry>,
) -> Result<(), Failure> {
    let mappings: Vec<FieldMapping> =
        mappings::active_for(connection, integration_id, entity).await?.into_iter().map(field_mapping).collect();
    let account = accounts::find(connection, integration_id).await?;
    let configuration: Configuration =
        account.and_then(|row| serde_json::from_value(row.configuration).ok()).unwrap_or_default();
    let context = Context {
        default_region: configuration.default_region.and_then(|region| region.parse().ok()).unwrap_or_default(),
        default_time_zone: configuration.default_time_zone.and_then(|zone| zone.parse().ok()),
    };
    let plan = match compile(entity, &mappings, context) {
        Ok(plan) if !mappings.is_empty() => plan,
        Ok(_) => {
            let reason = format!("{entity} has no active field mapping; add one and replay the event");
            verdicts.extend(records.iter().map(|(event, _)| set_aside(event, "no_mapping", reason.clone())));
            return Ok(());
        }
        Err(error) => {
            verdicts.extend(records.iter().map(|(event, _)| set_aside(event, "invalid_mapping", error.to_string())));
            return Ok(());
        }
    };
    let options = SyncOptions::default();
    let descriptor = storage::entities::descriptor(entity);
    let references = References::default();
    let target = Target { integration_id, entity, descriptor, mapping: &plan, options: &options, references };
    let (events, incoming): (Vec<&Event>, Vec<Incoming>) = records
        .into_iter()
        .map(|(event, mut incoming)| {
            incoming.fields = use_geniacs_names(std::mem::take(&mut incoming.fields), &mappings);
            (event, incoming)
        })
        .unzip();
    let outcomes = incoming::apply(connection, &target, &incoming, warnings).await?;
    verdicts.extend(events.iter().zip(&outcomes).map(|(event, outcome)| verdict_of(event, outcome)));
    waiting::add(connection, integration_id, &waits(&events, &outcomes)).await?;
    let created: Vec<&str> = incoming
        .iter()
        .zip(&outcomes)
        .filter(|(_, outcome)| **outcome == Outcome::Created)
        .map(|(record, _)| record.geniacs_id.as_str())
        .collect();
    if !created.is_empty() {
        webhooks::reopen_for(connection, integration_id, entity, &created).await?;
    }
    Ok(())
}

/// What set-aside events wait for; they are applied again when it is linked.
fn waits(events: &[&Event], outcomes: &[Outcome]) -> Vec<Wait> {
    let of_event = |(event, outcome): (&&Event, &Outcome)| match outcome {
        Outcome::Unresolved { waits, .. } => {
            waits.iter().map(|wait| Wait { webhook_event_id: Some(event.id), ..wait.clone() }).collect()
        }
        _ => Vec::new(),
    };
    events.iter().zip(outcomes).flat_map(of_event).collect()
}

fn verdict_of(event: &Event, outcome: &Outcome) -> Verdict {
    match outcome {
        Outcome::Created => verdict(event, WebhookState::Processed, "created"),
        Outcome::Updated => verdict(event, WebhookState::Processed, "updated"),
        Outcome::Unchanged => verdict(event, WebhookState::Processed, "unchanged"),
        Outcome::Deleted => verdict(event, WebhookState::Processed, "deleted"),
        Outcome::Skipped => verdict(event, WebhookState::Processed, "skipped"),
        Outcome::UnknownRecord => verdict(event, WebhookState::Processed, "unknown_record"),
        Outcome::Superseded => verdict(event, WebhookState::Superseded, "superseded"),
        Outcome::Unresolved { message, .. } => set_aside(event, UNRESOLVED, message.clone()),
        Outcome::Failed { error_type, message, .. } => set_aside(event, error_type, message.clone()),
    }
}

fn verdict(event: &Event, state: WebhookState, outcome: &'static str) -> Verdict {
    Verdict { id: event.id, state, outcome, error: None }
}

fn set_aside(event: &Event, outcome: &'static str, reason: String) -> Verdict {
    Verdict { id: event.id, state: WebhookState::SetAside, outcome, error: Some(reason) }
}

fn unknown_type(event: &Event) -> logs::Entry {
    let context = serde_json::json!({"event_id": event.id, "event_type": event.event_type});
    logs::Entry {
        level: "info",
        message: format!("Unhandled webhook event type: {}", event.event_type),
        context: Some(context),
        ..logs::Entry::default()
    }
}
