//! One transaction over a batch of events.

use super::alone::FIRST_DELAY_SECONDS;
use super::event::{Meaning, read};
use super::patience::{self, BrokenOff};
use super::{alone, completed, entity, payloads};
use crate::failure::{Failure, Follows, Step, Work, follows};
use crate::incoming::Incoming;
use crate::worker::Worker;
use domain::EntityType;
use domain::webhook::WebhookState;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;
use storage::partners::limits;
use storage::records::waiting::Wait;
use storage::records::{links, waiting};
use storage::runs::logs;
use storage::webhooks::{self, Claimed, Event, PutOff, Verdict};
use storage::{AsyncConnection, Connection, pool};

/// Events in one transaction.
const SIZE: i64 = 256;
/// What a batch may take where single events may take less. Broken off, its events are tried alone.
const LONGEST: Duration = Duration::from_mins(1);

/// Applies a batch of one integration's events; returns how many there were. Where nothing is known of the partner's clock,
/// by which the events tell their times, the partner is asked first, while no event is locked.
pub(crate) async fn apply(worker: &Worker) -> Result<usize, Failure> {
    loop {
        match apply_known(worker).await? {
            Taken::Applied(events) => return Ok(events),
            Taken::WithoutTime(integration_id) => worker.limits.ask_for_time(&worker.accounts, integration_id).await,
        }
    }
}

/// What became of an attempt to apply a batch.
enum Taken {
    /// It held so many events.
    Applied(usize),
    /// Nothing: the partner of this integration is to be asked for the time before.
    WithoutTime(i64),
}

/// Applies a batch, unless the partner is to be asked for the time. Where something in it breaks the transaction, each event
/// is tried alone, so that the others get through.
async fn apply_known(worker: &Worker) -> Result<Taken, Failure> {
    let timeout = worker.settings.webhooks.timeout;
    let mut connection = worker.connection().await?;
    let mut ids = Vec::new();

    let work = connection.transaction(async |connection| {
        pool::limit_statements(connection, timeout, timeout).await?;
        let events = webhooks::lock_batch(connection, SIZE).await?;
        if let Some(Claimed { integration_id, .. }) = events.first()
            && worker.limits.needs_time(connection, *integration_id).await?
        {
            return Ok(Some(*integration_id));
        }

        ids = events.iter().map(|event| event.id).collect();
        // One event may wait for a row, but not keep others of its kind waiting meanwhile.
        if ids.len() == 1 {
            pool::limit_statements(connection, timeout, alone::LOCK_WAIT).await?;
        }

        apply_locked(connection, events).await?;
        Ok(None)
    });

    let applied = match patience::within(worker, timeout.max(LONGEST), work).await {
        Ok(applied) => applied,
        Err(broken_off) => {
            drop(pool::take(connection));
            if broken_off == BrokenOff::TooSlow {
                alone::apply_each(worker, &ids).await?;
            }
            return Ok(Taken::Applied(ids.len()));
        }
    };

    // Events that are tried alone take connections of their own.
    drop(connection);
    match applied {
        Ok(None) => {}
        Ok(Some(integration_id)) => return Ok(Taken::WithoutTime(integration_id)),
        Err(error) if follows(&error, SEVERAL) == Follows::Split => {
            tracing::warn!(%error, events = ids.len(), "a batch of events could not be applied; each is tried alone");
            alone::apply_each(worker, &ids).await?;
        }
        Err(error) => return Err(error),
    }
    Ok(Taken::Applied(ids.len()))
}

/// However many a batch holds, each of its events may be tried alone.
const SEVERAL: Work = Work { step: Step::Event, several: true, is_last: false };

/// What a batch has come to so far.
#[derive(Default)]
pub(super) struct Results {
    pub(super) verdicts: Vec<Verdict>,
    pub(super) put_off: Vec<PutOff>,
    /// Events that wait for the answer of a push.
    pub(super) awaiting: Vec<i64>,
    pub(super) waits: Vec<Wait>,
    /// Records that have a link now, by their Geniacs ids.
    pub(super) linked: Vec<(EntityType, String)>,
    /// Kinds of records of which one newly needs a unique value that another one holds.
    pub(super) duplicates: BTreeSet<EntityType>,
    pub(super) log: Vec<logs::Entry>,
}

/// An event about a record, and what it says.
pub(super) struct Told<'a> {
    pub(super) event: &'a Event,
    pub(super) incoming: Incoming,
}

/// Applies locked events of one integration and notes what became of them.
pub(super) async fn apply_locked(connection: &mut Connection, claimed: Vec<Claimed>) -> Result<(), Failure> {
    let Some(integration_id) = claimed.first().map(|event| event.integration_id) else { return Ok(()) };

    let mut results = Results::default();
    let events = payloads::read(connection, claimed, &mut results).await?;
    let partner_ahead = limits::partner_ahead(connection, integration_id).await?.unwrap_or_default();

    let mut records = sort(&events, partner_ahead, &mut results);
    let completed = completed::among(records.get(&EntityType::Payments).map_or(&[], Vec::as_slice));
    // What refers comes after what it refers to, and locks are taken in this order everywhere.
    for kind in EntityType::IN_ORDER {
        // Paid invoices are settled below, even where no event tells of an invoice.
        if kind == EntityType::Invoices && !completed.is_empty() {
            links::lock_incoming(connection, integration_id, kind).await?;
        }
        if let Some(told) = records.remove(&kind) {
            entity::apply(connection, integration_id, kind, told, &mut results).await?;
        }
    }

    completed::settle(connection, integration_id, &completed).await?;
    webhooks::conclude(connection, &results.verdicts).await?;
    webhooks::put_off(connection, &results.put_off).await?;
    for kind in &results.duplicates {
        // What this one needs may be given up by one that waits for what this one holds.
        webhooks::retry_duplicates(connection, integration_id, *kind, FIRST_DELAY_SECONDS).await?;
    }

    webhooks::await_push(connection, &results.awaiting).await?;
    reopen(connection, integration_id, &results.linked).await?;
    waiting::add(connection, integration_id, &results.waits).await?;
    logs::add(connection, integration_id, None, &results.log).await?;

    for verdict in &results.verdicts {
        crate::metrics::event_ended(verdict.state);
    }
    Ok(())
}

/// Opens the events again that waited for records which have a link now. Once all of this batch are noted, since they may be
/// among them: a deletion may have found no record although the news of its creation came with it.
async fn reopen(
    connection: &mut Connection,
    integration_id: i64,
    linked: &[(EntityType, String)],
) -> Result<(), Failure> {
    for kind in EntityType::IN_ORDER {
        let ids: Vec<&str> = linked.iter().filter(|(of, _)| *of == kind).map(|(_, id)| id.as_str()).collect();
        if !ids.is_empty() {
            webhooks::reopen_for(connection, integration_id, kind, &ids).await?;
        }
    }
    Ok(())
}

/// Reads events, and ends those that concern no record.
fn sort<'a>(events: &'a [Event], partner_ahead: i64, results: &mut Results) -> HashMap<EntityType, Vec<Told<'a>>> {
    let mut records: HashMap<EntityType, Vec<Told<'a>>> = HashMap::new();

    for event in events {
        match read(event, partner_ahead) {
            Meaning::Record(entity, incoming) => records.entry(entity).or_default().push(Told { event, incoming }),
            Meaning::AppendOnly => results.verdicts.push(verdict(event, WebhookState::Processed, "append_only")),
            Meaning::UnknownType => {
                results.log.push(unknown_type(event));
                results.verdicts.push(verdict(event, WebhookState::Processed, "unknown_type"));
            }
            Meaning::Unusable(outcome, reason) => results.verdicts.push(set_aside(event, outcome, reason)),
        }
    }

    records
}

pub(super) fn verdict(event: &Event, state: WebhookState, outcome: &'static str) -> Verdict {
    Verdict { id: event.id, state, outcome, error: None }
}

pub(super) fn set_aside(event: &Event, outcome: &'static str, reason: String) -> Verdict {
    aside(event.id, outcome, reason)
}

pub(super) fn aside(id: i64, outcome: &'static str, reason: String) -> Verdict {
    Verdict { id, state: WebhookState::SetAside, outcome, error: Some(reason) }
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
