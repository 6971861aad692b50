//! Records that Geniacs may hold without our knowing: what a push sends is noted before its request, and a record that a
//! request may have created is looked for before anything else happens to it.

use crate::failure::Failure;
use crate::lease::Lease;
use crate::run::Run;
use chrono::DateTime;
use geniacs::{Client, LookUp, Sought, Whereabouts};
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use storage::records::unanswered::{self, Identified, MaybeCreated};
use storage::records::{links, waiting};
use storage::runs::chunks::Chunk;
use storage::{AsyncConnection, Pool, pool, records, webhooks};

/// The error type of a record of which nobody can tell whether Geniacs holds it.
pub(crate) const UNKNOWN_OUTCOME: &str = "unknown_outcome";
/// Why nobody can tell.
pub(crate) const NOBODY_KNOWS: &str = "an earlier request may have created the record, and nothing that Geniacs shows tells \
                                       which of its records that is";

/// Asks Geniacs where records are that requests may have created.
pub(crate) async fn look_up(
    pool: &Pool,
    run: &Run,
    client: &Client,
    (chunk, lease): (&Chunk, &Lease),
    sought: &[Sought],
) -> Result<HashMap<i64, Whereabouts>, Failure> {
    let look_up = LookUp { is_probe: chunk.probing, ..how(pool, run).await? };
    // It may take a walk through all that a partner has.
    let found = tokio::select! {
        found = client.look_up(&look_up, sought) => found?,
        failure = lease.cut_off() => return Err(failure),
    };

    decide(pool, run, sought, found).await
}

/// Asks Geniacs under which ids it holds records that it has taken since this moment, by the database's clock in
/// microseconds since 1970. Tells of those only of which that is certain.
pub(crate) async fn look_up_lately_taken(
    pool: &Pool,
    run: &Run,
    client: &Client,
    lease: &Lease,
    (sought, since): (&[Sought], i64),
    overlap: Duration,
) -> Result<HashMap<i64, String>, Failure> {
    let look_up = how(pool, run).await?;

    let overlap = i64::try_from(overlap.as_micros()).unwrap_or(i64::MAX);
    let since = since.saturating_add(client.clock().ahead()).saturating_sub(overlap);
    let since = DateTime::from_timestamp_micros(since).unwrap_or_default();

    let found = tokio::select! {
        found = client.look_up_lately_taken(&look_up, sought, since) => found?,
        failure = lease.cut_off() => return Err(failure),
    };

    let there = |(id, place)| match place {
        Whereabouts::There(geniacs_id) => Some((id, geniacs_id)),
        _ => None,
    };

    Ok(decide(pool, run, sought, found).await?.into_iter().filter_map(there).collect())
}

/// How records of the run's entity are looked for.
async fn how<'a>(pool: &Pool, run: &'a Run) -> Result<LookUp<'a>, Failure> {
    let mut connection = pool::get(pool).await?;
    let control = unanswered::a_linked_record(&mut connection, run.descriptor, run.integration_id).await?;
    let (same, similar) = (mapping::same_json, mapping::may_be_kept_as);
    Ok(LookUp { entity: run.entity, key_field: run.key_field(), control, is_probe: false, same, similar })
}

/// Decides which of several records of Geniacs' that are alike is the one that was sent. One that is linked to another row
/// here is that one's, and one that may be two of those that are looked for is neither's.
async fn decide(
    pool: &Pool,
    run: &Run,
    sought: &[Sought],
    mut found: HashMap<i64, Whereabouts>,
) -> Result<HashMap<i64, Whereabouts>, Failure> {
    let alike = found.values().filter_map(|place| match place {
        Whereabouts::Alike(ids) => Some(ids.iter().map(String::as_str)),
        _ => None,
    });
    let alike: Vec<&str> = alike.flatten().collect();
    if alike.is_empty() {
        return Ok(found);
    }

    let mut connection = pool::get(pool).await?;
    let linked = links::linked(&mut connection, run.integration_id, run.entity, &alike).await?;
    drop(connection);
    let linked: HashSet<String> = linked.into_iter().map(|link| link.geniacs_id).collect();

    let mut claims: HashMap<String, usize> = HashMap::new();
    for id in &alike {
        *claims.entry((*id).to_owned()).or_default() += 1;
    }

    for record in sought {
        let Some(place) = found.get_mut(&record.external_id) else { continue };
        let Whereabouts::Alike(ids) = place else { continue };

        ids.retain(|id| !linked.contains(id));
        if ids.iter().any(|id| claims.get(id).is_some_and(|records| *records > 1)) {
            *place = Whereabouts::Unknown;
            continue;
        }
        *place = match (ids.pop(), ids.is_empty()) {
            (Some(id), true) => Whereabouts::There(id),
            (None, _) if record.natural_key.is_some() && !record.was_taken => Whereabouts::NotThere,
            _ => Whereabouts::Unknown,
        };
    }
    Ok(found)
}

/// A record that a request may have created, to be looked for.
pub(crate) fn sought(record: MaybeCreated) -> Sought {
    Sought {
        external_id: record.local_id,
        natural_key: record.sent_key,
        fields: record.sent_fields.and_then(|text| serde_json::from_str(&text).ok()),
        was_taken: record.was_taken,
    }
}

/// Looks for all records of the run's entity that requests may have created, before a pull takes them for new ones: a full
/// run for each, others for those of lately. Stores what was found. Returns the local ids of those of which nobody can tell
/// whether Geniacs holds them.
pub(crate) async fn resolve_all(
    pool: &Pool,
    run: &Run,
    client: &Client,
    (chunk, lease): (&Chunk, &Lease),
) -> Result<Vec<i64>, Failure> {
    let within = (run.sync_type != domain::SyncType::Full).then_some(unanswered::LONGEST_SECONDS);
    let mut connection = pool::get(pool).await?;
    let open = unanswered::maybe_created(&mut connection, run.integration_id, run.entity, within).await?;
    drop(connection);
    if open.is_empty() {
        return Ok(Vec::new());
    }

    let sought: Vec<Sought> = open.into_iter().map(sought).collect();
    let found = look_up(pool, run, client, (chunk, lease), &sought).await?;

    let of = |wanted: fn(&Whereabouts) -> bool| {
        let mut ids: Vec<i64> = found.iter().filter(|(_, place)| wanted(place)).map(|(id, _)| *id).collect();
        ids.sort_unstable();
        ids
    };
    let not_there = of(|place| *place == Whereabouts::NotThere);
    store_found(pool, run, &found).await?;

    let mut connection = pool::get(pool).await?;
    // Geniacs does not have these for certain, so that nothing about them is unknown any more.
    unanswered::take_back(&mut connection, run.integration_id, run.entity, &not_there).await?;
    Ok(of(|place| matches!(place, Whereabouts::Unknown | Whereabouts::Alike(_))))
}

/// Links the records that a look-up has found, so that nothing takes them for others any more. Returns the local ids that
/// are linked now.
pub(crate) async fn store_found(
    pool: &Pool,
    run: &Run,
    found: &HashMap<i64, Whereabouts>,
) -> Result<HashSet<i64>, Failure> {
    let there: Vec<Identified<'_>> = found
        .iter()
        .filter_map(|(local_id, place)| match place {
            Whereabouts::There(geniacs_id) => Some(Identified { local_id: *local_id, geniacs_id }),
            _ => None,
        })
        .collect();
    if there.is_empty() || run.descriptor.append_only {
        return Ok(HashSet::new());
    }

    let mut connection = pool::get(pool).await?;
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
