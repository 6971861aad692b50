//! Records that a request may have created: asking Geniacs where they are, before they are sent again.

use super::prepare::{Prepared, natural_key};
use super::send::Sending;
use super::taken::{fail, leave};
use super::{Confirmed, Outcome};
use crate::failure::Failure;
use crate::run::Run;
use crate::unanswered::{self, UNKNOWN_OUTCOME};
use crate::work::Lease;
use crate::worker::Worker;
use geniacs::{Client, Sought, Whereabouts};

/// Asks Geniacs for the ids of records that an earlier request may have created. Returns those that are left: one of which
/// nobody can tell whether Geniacs holds it is not sent, since that could create it once more.
pub(super) async fn look_up_unconfirmed(
    worker: &Worker,
    run: &Run,
    client: &Client,
    lease: &Lease,
    outgoing: &mut Vec<Prepared>,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let sought: Vec<Sought> = outgoing
        .iter()
        .filter(|r| r.unconfirmed && r.record.geniacs_id.is_none())
        .map(|r| Sought {
            external_id: r.record.external_id,
            natural_key: r.sent_key.clone().or_else(|| natural_key(run, &r.record).map(str::to_owned)),
        })
        .collect();
    if sought.is_empty() {
        return Ok(());
    }

    let mut found = unanswered::look_up(worker, run, client, lease, &sought).await?;
    let linked = unanswered::store_found(worker, run, &found).await?;
    for mut prepared in std::mem::take(outgoing) {
        match found.remove(&prepared.record.external_id) {
            Some(Whereabouts::There(id) | Whereabouts::SameKey(id)) => {
                prepared.linked = linked.contains(&prepared.record.external_id);
                prepared.record.geniacs_id = Some(id);
            }
            // Measurements have no link that could say which of the chunk's records were sent.
            Some(Whereabouts::Unknown) if prepared.noted || run.descriptor.append_only => {
                let message = "an earlier request may have created the record, and Geniacs shows neither external_id nor \
                               a natural key by which that could be told";
                fail(&prepared, UNKNOWN_OUTCOME, message, false, outcome);
                outcome.unanswerable.push(prepared.record.external_id);
                continue;
            }
            Some(Whereabouts::NotThere | Whereabouts::Unknown) | None => {}
        }
        outgoing.push(prepared);
    }
    Ok(())
}

/// Leaves out deletions of records that Geniacs, once asked, turns out never to have had.
pub(super) fn without_never_there(outgoing: Vec<Prepared>, outcome: &mut Outcome) -> Vec<Prepared> {
    let never_there = |r: &Prepared| r.form.is_none() && r.record.geniacs_id.is_none();
    let (gone, rest): (Vec<_>, Vec<_>) = outgoing.into_iter().partition(never_there);
    outcome.counts.unchanged += i64::try_from(gone.len()).unwrap_or(i64::MAX);
    outcome.confirmed.extend(gone.iter().map(|record| Confirmed {
        local_id: record.record.external_id,
        geniacs_id: None,
        kept: None,
        agreed: None,
        newly_linked: false,
        read_at: (record.read_at, record.record.version),
        deleted: true,
        counted: |c| &mut c.unchanged,
    }));
    rest
}

/// Asks what a request that failed without a known outcome has done, before its records are sent again. On a failure they
/// wait.
pub(super) async fn read_back(
    sending: &Sending<'_>,
    mut batch: Vec<Prepared>,
    outcome: &mut Outcome,
) -> Result<Vec<Prepared>, Failure> {
    let Sending { worker, run, client, lease, .. } = *sending;
    for record in &mut batch {
        (record.unconfirmed, record.noted) = (true, !run.descriptor.append_only);
    }
    match look_up_unconfirmed(worker, run, client, lease, &mut batch, outcome).await {
        Ok(()) => Ok(without_never_there(batch, outcome)),
        Err(failure) => {
            leave(batch, true, outcome);
            Err(failure)
        }
    }
}

/// Asks for the ids of records that were taken by an answer that did not tell them. What is not found stays noted, and is
/// looked for before the record is sent again and before a pull.
pub(super) async fn ask_for_new_ids(run: &Run, client: &Client, lease: &Lease, outcome: &mut Outcome) {
    if run.descriptor.append_only {
        return;
    }
    let without_id = |r: &&Confirmed| r.geniacs_id.is_none() && !r.deleted;
    let ids: Vec<i64> = outcome.confirmed.iter().filter(without_id).map(|r| r.local_id).collect();
    if ids.is_empty() {
        return;
    }
    let found = tokio::select! {
        found = client.ids_by_external_id(run.entity, &ids) => found,
        _ = lease.cut_off() => return,
    };
    match found {
        Ok(mut found) => {
            for record in outcome.confirmed.iter_mut().filter(|r| r.geniacs_id.is_none()) {
                record.geniacs_id = found.remove(&record.local_id);
            }
        }
        Err(error) => tracing::info!(%error, records = ids.len(), "the ids of new records are not known yet"),
    }
}
