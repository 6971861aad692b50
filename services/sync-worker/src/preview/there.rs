//! What Geniacs holds now.

use domain::{EntityType, record_id};
use geniacs::{Client, Lookup, PartnerError, Record};
use std::collections::HashMap;

/// A record to be asked for: its local id, and its Geniacs id once it is linked.
pub(super) type Wanted<'a> = (i64, Option<&'a str>);

/// What Geniacs holds, by local id.
pub(super) struct Held {
    /// Records that it has; those that are in neither map are not there.
    pub(super) records: HashMap<i64, Record>,
    /// Why nobody knows of these.
    pub(super) unknown: HashMap<i64, String>,
}

/// The records that Geniacs has. A linked one is the record of its link, whatever `external_id` Geniacs
/// keeps; deleted ones are not there.
pub(super) async fn held(client: &Client, entity: EntityType, wanted: &[Wanted<'_>]) -> Result<Held, PartnerError> {
    let ids: Vec<i64> = wanted.iter().map(|(local_id, _)| *local_id).collect();
    let mut found: HashMap<i64, Vec<Record>> = HashMap::with_capacity(ids.len());
    for record in client.find(entity, &ids).await? {
        if let Some(id) = record.external_id.as_deref().and_then(record_id::local) {
            found.entry(id).or_default().push(record);
        }
    }

    let mut held = HashMap::with_capacity(wanted.len());
    let mut unknown = HashMap::new();
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

    let ids: Vec<&str> = unseen.iter().map(|(_, id)| *id).collect();
    for ((local_id, _), lookup) in unseen.iter().zip(client.get_each(entity, &ids).await?) {
        match lookup {
            Lookup::Found(record) => drop(held.insert(*local_id, record)),
            Lookup::Gone { .. } => {}
            Lookup::Unknown(reason) => drop(unknown.insert(*local_id, reason)),
        }
    }

    held.retain(|_, record| !record.deleted);
    Ok(Held { records: held, unknown })
}
