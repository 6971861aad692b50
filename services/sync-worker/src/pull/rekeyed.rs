//! Records that have got another id at Geniacs. A listed record that nothing is linked to may be one of ours under a new
//! id: it has the `external_id` or the natural key of a row that is linked to another one. If Geniacs does not have that
//! one any more, the two are the same, and the link moves to the new id.

use crate::failure::Failure;
use crate::history;
use crate::incoming::Incoming;
use crate::run::Run;
use crate::worker::Worker;
use domain::SyncDirection;
use domain::history::Action;
use futures_util::future::try_join_all;
use geniacs::{Client, Lookup};
use mapping::References;
use serde_json::{Map, json};
use std::collections::HashMap;
use storage::history::Entry;
use storage::records::{self, Candidate};
use storage::rekeyed::{self, Claim};
use storage::{AsyncConnection, Connection, links, logs, waiting};

/// Requests for single records that are under way at once.
const SINGLE_REQUESTS: usize = 8;

/// Moves the links of rows whose records come under a new id, before these are applied.
pub(super) async fn link_anew(
    worker: &Worker,
    run: &Run,
    client: &Client,
    incoming: &[Incoming],
) -> Result<(), Failure> {
    // A dry run writes nothing, and a plan names records by the ids that they had.
    if run.descriptor.append_only || run.frozen.options.dry_run || run.frozen.plan_of.is_some() {
        return Ok(());
    }
    let mut connection = worker.connection().await?;
    let claims = claims(&mut connection, run, incoming).await?;
    drop(connection);
    if claims.is_empty() {
        return Ok(());
    }

    let moved = without_living(client, run, claims).await?;
    if moved.is_empty() {
        return Ok(());
    }
    let mut connection = worker.connection().await?;
    connection.transaction(async |connection| store(connection, run, &moved).await).await
}

/// The claims of a page that can be true: two records cannot both be the same row.
async fn claims(connection: &mut Connection, run: &Run, incoming: &[Incoming]) -> Result<Vec<Claim>, Failure> {
    let alive: Vec<&Incoming> = incoming.iter().filter(|record| !record.deleted).collect();
    let keys: Vec<Option<String>> = alive.iter().map(|record| natural_key(run, record)).collect();
    let candidates: Vec<Candidate<'_>> = alive
        .iter()
        .zip(&keys)
        .map(|(record, key)| Candidate {
            geniacs_id: &record.geniacs_id,
            external_id: record.external_id,
            natural_key: key.as_deref(),
        })
        .collect();
    let mut claims = rekeyed::claims(connection, run.descriptor, run.integration_id, &candidates).await?;
    claims.sort_unstable_by(|a, b| (a.local_id, &a.geniacs_id).cmp(&(b.local_id, &b.geniacs_id)));
    claims.dedup();

    let mut claimed: HashMap<i64, usize> = HashMap::new();
    for claim in &claims {
        *claimed.entry(claim.local_id).or_default() += 1;
    }
    claims.retain(|claim| claimed.get(&claim.local_id) == Some(&1));
    Ok(claims)
}

fn natural_key(run: &Run, record: &Incoming) -> Option<String> {
    let column = run.descriptor.natural_key?;
    let (_, field) =
        run.mapping.local_fields().zip(run.mapping.geniacs_fields()).find(|(local, _)| *local == column)?;
    let only = Map::from_iter([(field.to_owned(), record.fields.get(field)?.clone())]);
    let mapped = run.mapping.pull_partial(&only, &References::default()).fields;
    mapped.get(column)?.as_str().map(str::to_owned)
}

/// Leaves out claims on rows whose own records are still there, or may be.
async fn without_living(client: &Client, run: &Run, claims: Vec<Claim>) -> Result<Vec<Claim>, Failure> {
    let (mut gone, unknown): (Vec<Claim>, Vec<Claim>) = claims.into_iter().partition(|claim| claim.known_gone);
    for some in unknown.chunks(SINGLE_REQUESTS) {
        let lookups = try_join_all(some.iter().map(|claim| client.get(run.entity, &claim.former_id))).await?;
        let answered = some.iter().zip(lookups);
        gone.extend(answered.filter(|(_, lookup)| is_gone(lookup)).map(|(claim, _)| claim.clone()));
    }
    Ok(gone)
}

fn is_gone(lookup: &Lookup) -> bool {
    match lookup {
        Lookup::Gone { .. } => true,
        Lookup::Found(record) => record.deleted,
        Lookup::Unknown(_) => false,
    }
}

async fn store(connection: &mut Connection, run: &Run, claims: &[Claim]) -> Result<(), Failure> {
    let Run { descriptor, integration_id, entity, .. } = *run;
    links::lock_incoming(connection, integration_id, entity).await?;
    let ids: Vec<i64> = claims.iter().map(|claim| claim.local_id).collect();
    links::lock(connection, integration_id, entity, &ids).await?;
    let linked = rekeyed::link_anew(connection, descriptor, integration_id, claims).await?;

    let moved: Vec<&Claim> = claims.iter().filter(|claim| linked.contains(&claim.local_id)).collect();
    let pairs: Vec<(i64, &str)> = moved.iter().map(|claim| (claim.local_id, claim.geniacs_id.as_str())).collect();
    waiting::target_linked(connection, integration_id, entity, &pairs).await?;
    let (ids, geniacs_ids): (Vec<i64>, Vec<&str>) = pairs.into_iter().unzip();
    records::store_geniacs_ids(connection, descriptor, &ids, &geniacs_ids).await?;

    let entries: Vec<Entry> = moved.iter().map(|claim| entry(claim)).collect();
    storage::history::add(connection, &history::origin(run, SyncDirection::FromGeniacs), &entries).await?;
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
    logs::Entry {
        level: "warning",
        message: format!("Record {local_id} of {} is now {geniacs_id} at Geniacs, which was {former_id}", run.entity),
        context: Some(json!({"record_id": local_id})),
        ..logs::Entry::default()
    }
}
