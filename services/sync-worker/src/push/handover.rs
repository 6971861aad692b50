//! Natural keys that change hands at a partner that takes records one after the other: a record whose new key another one
//! still holds is refused, and sent again once that one has given it up. Where records exchange their keys in a circle, each
//! is refused because of the next: one of them is sent without a key first, then the others, and then that one with its new
//! key. Its link keeps that Geniacs has no key of it meanwhile, so that whatever comes between them, the next run sends it.

use super::again::{read_again, take_changed};
use super::isolate::is_last_attempt;
use super::link::link_one;
use super::prepare::natural_key;
use super::send::{Sending, batches, outcome_unknown, request};
use super::taken::leave;
use super::{Confirmed, Outcome};
use crate::failure::Failure;
use crate::form::KeptForm;
use crate::outgoing::Prepared;
use crate::run::Run;
use geniacs::PushContent;
use reconcile::Kept;
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};
use storage::AsyncConnection;
use storage::runs::logs;
use storage::runs::record_errors::NewRecordError;

/// A record that was refused and has another natural key than before, which another one may be giving up.
pub(super) struct KeyWaiter {
    record: Prepared,
    error: NewRecordError,
    /// Whether no other attempt would help.
    is_over: bool,
}

impl KeyWaiter {
    pub(super) const fn new(record: Prepared, error: NewRecordError) -> Self {
        Self { record, error, is_over: false }
    }

    const fn local_id(&self) -> i64 {
        self.record.record.external_id
    }
}

/// What was done so far for the records of a chunk that wait for a key.
#[derive(Default)]
pub(super) struct Handover {
    /// How many keys had been given up when those that wait were last sent.
    given_up: usize,
    /// Records that were sent without their keys, and what these were.
    released: HashMap<i64, Value>,
    /// Records whose circle was looked at.
    tried: HashSet<i64>,
}

/// Whether a record has got another natural key, or one where it had none.
pub(super) fn changes_its_key(run: &Run, record: &Prepared) -> bool {
    let Some(field) = run.key_field().filter(|_| record.linked && record.agreed.is_some()) else { return false };
    let key = natural_key(run, &record.record);
    key.is_some() && key != held_key(record, field).as_deref()
}

/// The natural key that Geniacs holds of a record.
fn held_key(record: &Prepared, field: &str) -> Option<String> {
    key_in(record.agreed.as_deref()?, field)
}

fn key_in(agreed: &str, field: &str) -> Option<String> {
    let agreed: Map<String, Value> = serde_json::from_str(agreed).ok()?;
    agreed.get(field)?.as_str().map(str::to_owned)
}

/// What is to be sent now for records that wait for a key: all of them, if others have given up keys since; else those of a
/// circle of which one has just been sent without its key.
pub(super) async fn next(
    sending: &Sending<'_>,
    handover: &mut Handover,
    outcome: &mut Outcome,
) -> Result<Vec<Vec<Prepared>>, Failure> {
    let Some(field) = sending.run.key_field().filter(|_| !outcome.key_waiters.is_empty()) else {
        return Ok(Vec::new());
    };

    let given_up = outcome.confirmed.iter().filter(|record| gives_up_its_key(record, field)).count();
    if given_up > handover.given_up {
        handover.given_up = given_up;
        let again = std::mem::take(&mut outcome.key_waiters).into_iter().map(|waiter| waiter.record).collect();
        return Ok(batches(again, sending.run.frozen.settings.batch_size).into());
    }

    while let Some(circle) = circle(&outcome.key_waiters, &handover.tried, field) {
        handover.tried.extend(circle.iter().map(|place| outcome.key_waiters[*place].local_id()));
        let again = break_up(sending, handover, field, &circle, outcome).await?;
        if !again.is_empty() {
            return Ok(again);
        }
    }

    give_back(sending, handover, field, outcome).await?;
    Ok(Vec::new())
}

/// Whether Geniacs has another natural key of a record now than before, or none.
pub(super) fn gives_up_its_key(record: &Confirmed, field: &str) -> bool {
    let before = record.agreed.as_deref().and_then(|agreed| key_in(agreed, field));
    let after = record.kept.as_ref().and_then(|kept| key_in(&kept.agreed, field));
    before.is_some() && before != after
}

/// Records that wait for each other: each has the key that the one before it is to get. Their places.
fn circle(waiters: &[KeyWaiter], tried: &HashSet<i64>, field: &str) -> Option<Vec<usize>> {
    let key_of = |waiter: &KeyWaiter| match &waiter.record.record.body {
        PushContent::Upsert(fields) => fields.get(field)?.as_str().map(str::to_owned),
        PushContent::Delete => None,
    };
    let held = |(place, waiter): (usize, &KeyWaiter)| Some((held_key(&waiter.record, field)?, place));
    let holders: HashMap<String, usize> = waiters.iter().enumerate().filter_map(held).collect();

    let untried = |place: &usize| !tried.contains(&waiters[*place].local_id());
    (0..waiters.len()).filter(untried).find_map(|start| {
        let mut circle = vec![start];
        loop {
            let key = key_of(waiters.get(*circle.last()?)?)?;
            let next = *holders.get(&key)?;
            if next == start {
                return (circle.len() > 1).then_some(circle);
            }
            if circle.contains(&next) || !untried(&next) {
                return None;
            }
            circle.push(next);
        }
    })
}

/// Sends the first record of a circle without its key. Returns what is to be sent then, one by one: the record that gets this
/// key, the one that gets that one's, and at last the first. Nothing where that is not to be had; the records fail then.
async fn break_up(
    sending: &Sending<'_>,
    handover: &mut Handover,
    field: &str,
    circle: &[usize],
    outcome: &mut Outcome,
) -> Result<Vec<Vec<Prepared>>, Failure> {
    let Sending { worker, run, .. } = *sending;
    let first = outcome.key_waiters[circle[0]].record.clone();
    let released = if may_be_empty(run, field) {
        hand(sending, &first, field, Value::Null, outcome).await?
    } else {
        Handed::Refused
    };

    match released {
        Handed::Taken => {}
        Handed::Moved => return Ok(Vec::new()),
        Handed::Refused => {
            tell_remedy(field, circle, outcome);
            return Ok(Vec::new());
        }
    }

    let local_id = first.record.external_id;
    handover.released.insert(local_id, json!(held_key(&first, field)));
    outcome.warnings.push(line_of_release(run, local_id, field));

    let mut waiters: Vec<Option<KeyWaiter>> = std::mem::take(&mut outcome.key_waiters).into_iter().map(Some).collect();
    let others = circle.iter().skip(1).rev().filter_map(|place| waiters.get_mut(*place)?.take());
    let mut again: Vec<Vec<Prepared>> = others.map(|waiter| vec![waiter.record]).collect();
    drop(circle.first().and_then(|place| waiters.get_mut(*place)?.take()));
    outcome.key_waiters = waiters.into_iter().flatten().collect();

    // What its link keeps is another thing now.
    match read_again(worker, run, std::slice::from_ref(&first), outcome).await {
        Ok(first) => again.push(first),
        Err(failure) => {
            again.push(vec![first]);
            for batch in again {
                leave(batch, false, outcome);
            }
            return Err(failure);
        }
    }
    Ok(again)
}

fn may_be_empty(run: &Run, field: &str) -> bool {
    run.frozen.mappings.iter().any(|mapping| mapping.geniacs_field == field && !mapping.is_required)
}

/// Gives records their former keys back that were sent without one, where the others of their circles were refused again.
async fn give_back(
    sending: &Sending<'_>,
    handover: &mut Handover,
    field: &str,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let released: Vec<Prepared> = outcome.key_waiters.iter().map(|waiter| waiter.record.clone()).collect();
    for record in released {
        if let Some(key) = handover.released.remove(&record.record.external_id) {
            hand(sending, &record, field, key, outcome).await?;
        }
    }
    Ok(())
}

/// What became of a record that was sent with another key than it is to get.
#[derive(PartialEq, Eq)]
enum Handed {
    Taken,
    Refused,
    /// It has changed meanwhile.
    Moved,
}

/// Sends a record with another key than it is to get, and notes in its link that Geniacs holds that one.
async fn hand(
    sending: &Sending<'_>,
    record: &Prepared,
    field: &str,
    key: Value,
    outcome: &mut Outcome,
) -> Result<Handed, Failure> {
    let Sending { worker, run, .. } = *sending;
    let (PushContent::Upsert(fields), Some(kept)) = (&record.record.body, &record.kept) else {
        return Ok(Handed::Refused);
    };

    let mut interim = record.clone();
    let mut fields = fields.clone();
    fields.insert(field.to_owned(), key.clone());
    interim.record.body = PushContent::Upsert(fields);
    interim.kept = KeptForm::of(&Kept::read(Some(&kept.agreed), kept.held.as_deref()).with_there(field, key));

    let mut batch = vec![interim];
    if !take_changed(worker, run, &mut batch).await?.is_empty() {
        return Ok(Handed::Moved);
    }
    let Some(interim) = batch.pop() else { return Ok(Handed::Moved) };

    let mut sent = interim.record.clone();
    // Older than the record that follows, and not older than the one before: positions of one row differ by more than one.
    sent.version -= 1;

    match request(sending, &[sent]).await {
        Ok(answer) if answer.results.first().is_some_and(geniacs::RecordResult::is_success) => {}
        Ok(_) => return Ok(Handed::Refused),
        Err(error @ Failure::Partner(_)) if !outcome_unknown(&error) && !is_to_wait(&error) => {
            return Ok(Handed::Refused);
        }
        Err(error) => {
            outcome.unconfirmed.push(interim.record.external_id);
            return Err(error);
        }
    }

    let confirmed = confirmed(interim);
    let mut connection = worker.connection().await?;
    connection.transaction(async |connection| link_one(connection, run, &confirmed).await).await?;
    Ok(Handed::Taken)
}

/// Whether nothing was sent, since the integration has to wait.
fn is_to_wait(error: &Failure) -> bool {
    matches!(error, Failure::Partner(error) if error.is_put_off() || error.is_fatal_for_sync())
}

fn confirmed(interim: Prepared) -> Confirmed {
    Confirmed {
        local_id: interim.record.external_id,
        geniacs_id: interim.record.geniacs_id,
        former_id: None,
        kept: interim.kept,
        agreed: interim.agreed,
        held: interim.held,
        changed: interim.changed,
        synced_at: interim.synced_at,
        newly_linked: false,
        // The row says something else, and is looked at again.
        read_at: (interim.read_at, 0),
        deleted: false,
        counted: |c| &mut c.updated,
    }
}

/// Says why the records of a circle fail, and what helps.
fn tell_remedy(field: &str, circle: &[usize], outcome: &mut Outcome) {
    let ids: Vec<String> = circle.iter().map(|place| outcome.key_waiters[*place].local_id().to_string()).collect();
    let remedy = format!(
        "; the records {} exchange their {field}, and Geniacs takes none of them without one meanwhile: give one of them a \
         value that is free, and its new one in a later run",
        ids.join(", ")
    );

    for place in circle {
        let waiter = &mut outcome.key_waiters[*place];
        waiter.is_over = true;
        let room = 1_000_usize.saturating_sub(remedy.chars().count());
        waiter.error.message = waiter.error.message.chars().take(room).collect::<String>() + &remedy;
    }
}

fn line_of_release(run: &Run, local_id: i64, field: &str) -> logs::Entry {
    logs::Entry {
        level: "info",
        message: format!(
            "Record {local_id} of {} was sent without {field} for a moment: others are to get the value that it had, and \
             Geniacs takes one after the other",
            run.entity
        ),
        context: Some(json!({"record_id": local_id})),
        ..logs::Entry::default()
    }
}

/// What becomes of records that still wait for a key: another attempt, or, after the last one, their failure. A record whose
/// circle goes through other chunks of the run is tried again with those.
pub(super) async fn settle(sending: &Sending<'_>, is_stopped: bool, outcome: &mut Outcome) {
    let Sending { worker, run, chunk, .. } = *sending;
    let (over, waiting): (Vec<KeyWaiter>, Vec<KeyWaiter>) =
        std::mem::take(&mut outcome.key_waiters).into_iter().partition(|waiter| waiter.is_over);

    let mut failed = over;
    if is_stopped || !is_last_attempt(run, chunk) {
        leave(waiting.into_iter().map(|waiter| waiter.record).collect(), false, outcome);
    } else {
        failed.extend(waiting);
    }
    if failed.is_empty() {
        return;
    }

    let ids: Vec<i64> = failed.iter().filter(|waiter| !waiter.is_over).map(KeyWaiter::local_id).collect();
    let exchanging = async {
        let mut connection = worker.connection().await?;
        let field = run.key_field().unwrap_or_default();
        Ok::<_, Failure>(
            storage::records::links::exchanging(&mut connection, run.descriptor, run.integration_id, field, &ids)
                .await?,
        )
    };
    let exchanging = exchanging.await.unwrap_or_default();

    for waiter in failed {
        let retryable = exchanging.contains(&waiter.local_id());
        outcome.counts.failed += 1;
        outcome.errors.push(NewRecordError { retryable, ..waiter.error });
    }
}
