//! Records at which the partner failed when they were sent alone.

use super::Outcome;
use super::isolate::{Isolation, Suspect};
use super::send::{Sending, outcome_unknown, request};
use super::taken::{fail, leave};
use super::unconfirmed::read_back;
use crate::failure::Failure;
use crate::outgoing::Prepared;
use std::time::Duration;
use storage::runs::chunks;

/// So long ago others count as taken meanwhile.
const LATELY: Duration = Duration::from_mins(5);

/// Records that failed alone and are to be sent once more: where the partner takes others, and after a wait. What their
/// requests did is read back before. On a failure they are left for another attempt.
pub(super) async fn next_round(
    sending: &Sending<'_>,
    isolation: &mut Isolation,
    outcome: &mut Outcome,
) -> Result<Vec<Prepared>, Failure> {
    let Sending { worker, chunk, lease, .. } = *sending;
    if isolation.has_suspects() && !isolation.partner_takes() {
        let mut connection = worker.connection().await?;
        if chunks::others_were_taken(&mut connection, chunk.sync_id, LATELY).await? {
            isolation.others_were_taken();
        }
    }

    let Some((wait, suspects)) = isolation.next_round(worker.settings.retry.record_backoff) else {
        return Ok(Vec::new());
    };

    let is_unknown = suspects.iter().any(|suspect| outcome_unknown(&suspect.failure));
    let records: Vec<Prepared> = suspects.into_iter().flat_map(|suspect| suspect.alone).collect();

    tokio::select! {
        () = tokio::time::sleep(wait) => {}
        failure = lease.cut_off() => {
            leave(records, is_unknown, outcome);
            return Err(failure);
        }
    }
    if is_unknown { read_back(sending, records, outcome).await } else { Ok(records) }
}

/// What becomes of the records that failed alone to the end: they fail where the partner takes others and still answers,
/// and wait for another attempt where it does not. Then what stopped them is returned.
pub(super) async fn settle(sending: &Sending<'_>, isolation: &mut Isolation, outcome: &mut Outcome) -> Option<Failure> {
    // An answer also keeps the breaker from opening because of one record.
    let mut is_answering = isolation.is_in_doubt() && is_answering(sending).await;
    if is_answering && isolation.has_many_suspects() {
        is_answering = takes_others(sending, isolation).await;
    }

    let (suspects, are_the_reason) = isolation.end();
    let mut stopped = None;

    for Suspect { alone, failure } in suspects {
        let is_unknown = outcome_unknown(&failure);
        if !(are_the_reason && is_answering) {
            leave(alone, is_unknown, outcome);
            stopped = Some(failure);
            continue;
        }
        for record in alone {
            fail(&record, failure.error_type(), &failure.to_string(), false, outcome);
            outcome.unconfirmed.extend(is_unknown.then_some(record.record.external_id));
        }
    }

    stopped
}

/// Whether the partner takes records while many in a row have failed: one that it took before, or, where this chunk has none,
/// others of the run since.
pub(super) async fn takes_others(sending: &Sending<'_>, isolation: &Isolation) -> bool {
    let Some(control) = isolation.control() else {
        let Ok(mut connection) = sending.worker.connection().await else { return false };
        let taken = chunks::others_were_taken(&mut connection, sending.chunk.sync_id, isolation.failing_for()).await;
        return taken.unwrap_or(false);
    };

    // That others failed is known already: the question must not bring the breaker nearer to its opening.
    sending.trail.own_failures(true);
    let answer = request(sending, std::slice::from_ref(control)).await;
    sending.trail.own_failures(false);

    match answer {
        Ok(_) => true,
        // An answer that refuses the record is one.
        Err(Failure::Partner(error)) => !error.is_outage() && !error.is_put_off(),
        Err(_) => false,
    }
}

/// Whether the partner says anything at all when it is asked how it is.
async fn is_answering(sending: &Sending<'_>) -> bool {
    // That the partner fails is known already: the question must not bring the breaker nearer to its opening.
    sending.trail.own_failures(true);
    let health = sending.client.health().await;
    sending.trail.own_failures(false);
    !health.is_err_and(|error| error.is_outage() || error.is_put_off())
}
