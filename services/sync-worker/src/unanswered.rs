//! Records that Geniacs may hold without our knowing: what a push sends is noted before its request, and a record that a
//! request may have created is looked for before anything else happens to it.

use crate::failure::Failure;
use crate::run::Run;
use crate::work::Lease;
use crate::worker::Worker;
use geniacs::{Client, LookUp, Sought, Whereabouts};
use std::collections::{HashMap, HashSet};
use storage::unanswered::{self, Identified};
use storage::{AsyncConnection, links, records, waiting, webhooks};

/// The error type of a record of which nobody can tell whether Geniacs holds it.
pub(crate) const UNKNOWN_OUTCOME: &str = "unknown_outcome";

/// Asks Geniacs where records are that requests may have created.
pub(crate) async fn look_up(
    worker: &Worker,
    run: &Run,
    client: &Client,
    lease: &Lease,
    sought: &[Sought],
) -> Result<HashMap<i64, Whereabouts>, Failure> {
    let mut connection = worker.connection().await?;
    let control = unanswered::a_linked_record(&mut connection, run.descriptor, run.integration_id).await?;
    drop(connection);
    let look_up = LookUp { entity: run.entity, key_field: run.key_field(), control };

    // It may take a walk through all that a partner has.
    let mut found = tokio::select! {
        found = client.look_up(&look_up, sought) => found?,
        failure = lease.cut_off() => return Err(failure),
    };

    // A record with the same natural key that is linked to another one here is that one, and not ours.
    let same_key: Vec<&str> = found
        .values()
        .filter_map(|place| match place {
            Whereabouts::SameKey(id) => Some(id.as_str()),
            _ => None,
        })
        .collect();
    if !same_key.is_empty() {
        let mut connection = worker.connection().await?;
        let linked = links::linked_ids(&mut connection, run.integration_id, run.entity, &same_key).await?;
        for place in found.values_mut() {
            if matches!(place, Whereabouts::SameKey(id) if linked.contains(id)) {
                *place = Whereabouts::NotThere;
            }
        }
    }
    Ok(found)
}

/// Looks for all records of the run's entity that requests may have created, before a pull takes them for new ones: a full
/// run for each, others for those of lately. Stores what was found.
pub(crate) async fn resolve_all(worker: &Worker, run: &Run, client: &Client, lease: &Lease) -> Result<(), Failure> {
    let within = (run.sync_type != domain::SyncType::Full).then_some(unanswered::LONGEST_SECONDS);
    let mut connection = worker.connection().await?;
    let open = unanswered::maybe_created(&mut connection, run.integration_id, run.entity, within).await?;
    drop(connection);
    if open.is_empty() {
        return Ok(());
    }

    let sought: Vec<Sought> =
        open.into_iter().map(|record| Sought { external_id: record.local_id, natural_key: record.sent_key }).collect();
    let found = look_up(worker, run, client, lease, &sought).await?;

    let not_there: Vec<i64> =
        found.iter().filter(|(_, place)| **place == Whereabouts::NotThere).map(|(id, _)| *id).collect();
    store_found(worker, run, &found).await?;
    let mut connection = worker.connection().await?;
    Ok(unanswered::take_back(&mut connection, run.integration_id, run.entity, &not_there).await?)
}

/// Links the records that a look-up has found, so that nothing takes them for others any more. Returns the local ids that
/// are linked now.
pub(crate) async fn store_found(
    worker: &Worker,
    run: &Run,
    found: &HashMap<i64, Whereabouts>,
) -> Result<HashSet<i64>, Failure> {
    let there: Vec<Identified<'_>> = found
        .iter()
        .filter_map(|(local_id, place)| match place {
            Whereabouts::There(geniacs_id) | Whereabouts::SameKey(geniacs_id) => {
                Some(Identified { local_id: *local_id, geniacs_id })
            }
            Whereabouts::NotThere | Whereabouts::Unknown => None,
        })
        .collect();
    if there.is_empty() || run.descriptor.append_only {
        return Ok(HashSet::new());
    }

    let mut connection = worker.connection().await?;
    connection
        .transaction(async |connection| {
            let (integration_id, entity) = (run.integration_id, run.entity);
            // An event that has just found no record of this id has ended by then, and is opened again.
            links::lock_incoming(connection, integration_id, entity).await?;
            let stored = unanswered::identify(connection, integration_id, entity, &there).await?;
            let stored: HashSet<i64> = stored.into_iter().collect();
            let linked: Vec<(i64, &str)> = there
                .iter()
                .filter(|record| stored.contains(&record.local_id))
                .map(|record| (record.local_id, record.geniacs_id))
                .collect();
            waiting::target_linked(connection, integration_id, entity, &linked).await?;
            let (ids, geniacs_ids): (Vec<i64>, Vec<&str>) = linked.into_iter().unzip();
            records::store_geniacs_ids(connection, run.descriptor, &ids, &geniacs_ids).await?;
            webhooks::reopen_for(connection, integration_id, entity, &geniacs_ids).await?;
            Ok(stored)
        })
        .await
}
