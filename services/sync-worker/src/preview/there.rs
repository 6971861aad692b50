//! What Geniacs holds now.

use domain::EntityType;
use futures_util::future::try_join_all;
use geniacs::{Client, PartnerError, Record};
use std::collections::HashMap;

/// Requests for single records that are under way at once.
const SINGLE_REQUESTS: usize = 8;

/// A record to be asked for: its local id, and its Geniacs id once it is linked.
pub(super) type Wanted<'a> = (i64, Option<&'a str>);

/// The records that Geniacs has, by local id. A linked one is the record of its link, whatever `external_id` Geniacs
/// keeps; deleted ones are not there.
pub(super) async fn held(
    client: &Client,
    entity: EntityType,
    wanted: &[Wanted<'_>],
) -> Result<HashMap<i64, Record>, PartnerError> {
    let ids: Vec<i64> = wanted.iter().map(|(local_id, _)| *local_id).collect();
    let mut found: HashMap<i64, Vec<Record>> = HashMap::with_capacity(ids.len());
    for record in client.find(entity, &ids).await? {
        if let Some(id) = record.external_id.as_deref().and_then(|id| id.parse().ok()) {
            found.entry(id).or_default().push(record);
        }
    }
    let mut held = HashMap::with_capacity(wanted.len());
    let mut unseen = Vec::new();
    for (local_id, geniacs_id) in wanted {
        let fits = |record: &Record| match geniacs_id {
            Some(id) => record.geniacs_id == *id,
            None => !record.deleted,
        };
        match (found.remove(local_id).and_then(|records| records.into_iter().find(fits)), geniacs_id) {
            (Some(record), _) => drop(held.insert(*local_id, record)),
            (None, Some(id)) => unseen.push((*local_id, *id)),
            (None, None) => {}
        }
    }
    for some in unseen.chunks(SINGLE_REQUESTS) {
        let records = try_join_all(some.iter().map(|(_, id)| client.get(entity, id))).await?;
        held.extend(some.iter().zip(records).filter_map(|((local_id, _), record)| Some((*local_id, record?))));
    }
    held.retain(|_, record| !record.deleted);
    Ok(held)
}
