//! Records that have got another id at Geniacs. A listed record that nothing is linked to may be one of ours under a new
//! id: it has the `external_id` or the natural key of a row that is linked to another one. If Geniacs does not have that
//! one any more, the two are the same, and the link moves to the new id.

use crate::claims::claims;
use crate::failure::Failure;
use crate::history;
use crate::incoming::Incoming;
use crate::log_lines::other_id;
use crate::run::Run;
use domain::SyncDirection;
use domain::history::Action;
use domain::run_mode::Source;
use geniacs::Client;
use serde_json::json;
use std::collections::HashMap;
use storage::records;
use storage::records::history::Entry;
use storage::records::rekeyed::{self, Claim};
use storage::records::{links, waiting};
use storage::runs::logs;
use storage::{AsyncConnection, Connection, Pool, pool, webhooks};

/// Moves the links of rows whose records come under a new id, before these are applied. A dry run writes nothing: it looks
/// at such a record as if it came under the id that its row is linked to.
pub(super) async fn link_anew(
    pool: &Pool,
    run: &Run,
    client: &Client,
    incoming: Vec<Incoming>,
) -> Result<Vec<Incoming>, Failure> {
    let has_former_ids = match &run.frozen.source {
        // A plan names records by the ids that they had.
        Source::Planned(_) => true,
        Source::Everything | Source::Filtered(_) | Source::Failed(_) => false,
    };
    if run.descriptor.append_only || has_former_ids {
        return Ok(incoming);
    }

    let mut connection = pool::get(pool).await?;
    let of_run = (run.integration_id, run.descriptor, &run.mapping);
    let claims = claims(&mut connection, of_run, &incoming).await?;
    drop(connection);
    if claims.is_empty() {
        return Ok(incoming);
    }

    let moved = without_living(client, run, claims).await?;
    if !run.frozen.effect.writes() {
        return Ok(under_former_ids(incoming, &moved));
    }
    if !moved.is_empty() {
        let mut connection = pool::get(pool).await?;
        connection.transaction(async |connection| store(connection, run, &moved).await).await?;
    }
    Ok(incoming)
}

fn under_former_ids(incoming: Vec<Incoming>, moved: &[Claim]) -> Vec<Incoming> {
    let former: HashMap<&str, &str> =
        moved.iter().map(|claim| (claim.geniacs_id.as_str(), claim.former_id.as_str())).collect();
    let known = |record: Incoming| match former.get(record.geniacs_id.as_str()) {
        Some(former_id) => Incoming { geniacs_id: (*former_id).to_owned(), ..record },
        None => record,
    };
    incoming.into_iter().map(known).collect()
}

/// Leaves out claims on rows whose own records are still there, or may be.
async fn without_living(client: &Client, run: &Run, claims: Vec<Claim>) -> Result<Vec<Claim>, Failure> {
    let (mut gone, unknown): (Vec<Claim>, Vec<Claim>) = claims.into_iter().partition(|claim| claim.known_gone);
    let former_ids: Vec<&str> = unknown.iter().map(|claim| claim.former_id.as_str()).collect();
    let lookups = client.get_each(run.entity, &former_ids).await?;
    gone.extend(unknown.iter().zip(lookups).filter(|(_, lookup)| lookup.is_gone()).map(|(claim, _)| claim.clone()));
    Ok(gone)
}

async fn store(connection: &mut Connection, run: &Run, claims: &[Claim]) -> Result<(), Failure> {
    let Run { descriptor, integration_id, entity, .. } = *run;
    // The lock of incoming data comes before those of links and records, here as everywhere.
    links::lock_incoming(connection, integration_id, entity).await?;
    let ids: Vec<i64> = claims.iter().map(|claim| claim.local_id).collect();
    links::lock(connection, integration_id, entity, &ids).await?;
    let linked = rekeyed::link_anew(connection, descriptor, integration_id, claims).await?;

    let moved: Vec<&Claim> = claims.iter().filter(|claim| linked.contains(&claim.local_id)).collect();
    let pairs: Vec<(i64, &str)> = moved.iter().map(|claim| (claim.local_id, claim.geniacs_id.as_str())).collect();
    waiting::target_linked(connection, integration_id, entity, &pairs).await?;
    let (ids, geniacs_ids): (Vec<i64>, Vec<&str>) = pairs.into_iter().unzip();
    records::store_geniacs_ids(connection, descriptor, &ids, &geniacs_ids).await?;
    webhooks::reopen_for(connection, integration_id, entity, &geniacs_ids).await?;

    let entries: Vec<Entry> = moved.iter().map(|claim| entry(claim)).collect();
    storage::records::history::add(connection, &history::origin(run, SyncDirection::FromGeniacs), &entries).await?;
    let lines: Vec<logs::Entry> = moved.iter().map(|claim| line(run, claim)).collect();
    Ok(logs::add(connection, integration_id, Some(run.sync_id), &lines).await?)
}

fn entry(claim: &Claim) -> Entry {
    let changes = json!({"geniacs_id": {"old": claim.former_id, "new": claim.geniacs_id}});
    Entry {
        local_id: Some(claim.local_id),
        geniacs_id: Some(claim.geniacs_id.clone()),
        action: Action::Updated,
        changes: Some(changes),
        reason: Some("Geniacs has it under another id".to_owned()),
        webhook_event_id: None,
    }
}

fn line(run: &Run, claim: &Claim) -> logs::Entry {
    let Claim { local_id, former_id, geniacs_id, .. } = claim;
    other_id(run.entity, *local_id, (former_id, geniacs_id))
}
