//! Records as Geniacs lists them.

use super::{Incoming, Version};
use domain::record_id;
use geniacs::Record;
use mapping::Completeness;
use serde_json::Map;

/// A listed record as something to apply. It was asked for at this moment, or somewhat later, by the database's clock in
/// microseconds since 1970.
pub(crate) fn listed(record: &Record, asked_at: i64) -> Incoming {
    Incoming {
        geniacs_id: record.geniacs_id.clone(),
        external_id: record.external_id.as_deref().and_then(record_id::local),
        fields: record.fields.clone(),
        implied: Map::new(),
        completeness: Completeness::Whole,
        only_changes: false,
        deleted: record.deleted,
        not_there: false,
        version: Version::listed_at(record.changed),
        asked_at: Some(asked_at),
        arrived_at: None,
    }
}
