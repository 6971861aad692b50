//! Records that failed perhaps because Geniacs does not have them any more: asked for by their ids. What is gone is merged
//! like a deletion that Geniacs told; a deletion of what is gone has come to its end.

use super::taken::leave;
use super::{Confirmed, Outcome};
use crate::failure::Failure;
use crate::incoming::{self, Incoming, Version};
use crate::outgoing::Prepared;
use crate::run::Run;
use geniacs::{Client, Lookup};
use mapping::Completeness;
use serde_json::Map;

/// Asks for the records. Those that are there, or of which nobody knows, are left for another attempt.
pub(super) async fn read_back(run: &Run, client: &Client, outcome: &mut Outcome) -> Option<Failure> {
    let failed = std::mem::take(&mut outcome.maybe_absent);
    if failed.is_empty() {
        return None;
    }

    let ids: Vec<&str> = failed.iter().map(|record| record.record.geniacs_id.as_deref().unwrap_or_default()).collect();
    let lookups = match client.get_each(run.entity, &ids).await {
        Ok(lookups) => lookups,
        Err(error) => {
            leave(failed, false, outcome);
            return Some(error.into());
        }
    };

    for (record, lookup) in failed.into_iter().zip(lookups) {
        match deleted(&record, &lookup) {
            None => leave(vec![record], false, outcome),
            Some(_) if record.form.is_none() => confirm(record, outcome),
            Some(gone) => outcome.held.push((record.record.external_id, gone)),
        }
    }
    None
}

/// The record as one that Geniacs has deleted; none if it is there, or may be.
fn deleted(prepared: &Prepared, lookup: &Lookup) -> Option<Incoming> {
    match lookup {
        Lookup::Found(record) if record.deleted => {
            Some(Incoming { not_there: true, ..incoming::listed(record, prepared.read_at) })
        }
        Lookup::Found(_) | Lookup::Unknown(_) => None,
        Lookup::Gone { .. } => Some(Incoming {
            geniacs_id: prepared.record.geniacs_id.clone().unwrap_or_default(),
            external_id: None,
            fields: Map::new(),
            implied: Map::new(),
            completeness: Completeness::Whole,
            only_changes: false,
            deleted: true,
            not_there: true,
            // Nobody knows when it went; what was changed here counts as the later word.
            version: Version::listed(0),
            asked_at: Some(prepared.read_at),
            arrived_at: None,
        }),
    }
}

/// A deletion of what is not there is done.
fn confirm(record: Prepared, outcome: &mut Outcome) {
    outcome.counts.deleted += 1;
    outcome.confirmed.push(Confirmed {
        local_id: record.record.external_id,
        geniacs_id: record.record.geniacs_id,
        former_id: None,
        kept: None,
        agreed: None,
        held: None,
        changed: None,
        synced_at: record.synced_at,
        newly_linked: false,
        read_at: (record.read_at, record.record.version),
        deleted: true,
        counted: |c| &mut c.deleted,
    });
}
