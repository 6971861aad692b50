//! What the log and the list of conflicts say of records that came from Geniacs.

use super::Incoming;
use reconcile::{Conflict, Unheld};
use serde_json::json;
use std::collections::BTreeMap;
use storage::records::conflicts::NewConflict;
use storage::runs::logs;

/// What the log says of columns that do not hold what Geniacs said, and of fields of which Geniacs does not hold what it was
/// sent: one line for each field, with one of its records. It is said when it is learned, and not again while Geniacs says the
/// same.
pub(super) fn told_of(unheld: &[(i64, Unheld)]) -> Vec<logs::Entry> {
    let mut fields: BTreeMap<(&str, bool), Vec<&(i64, Unheld)>> = BTreeMap::new();
    for one in unheld {
        fields.entry((&one.1.geniacs_field, one.1.is_there)).or_default().push(one);
    }

    let entry = |((field, is_there), records): ((&str, bool), Vec<&(i64, Unheld)>)| {
        let (local_id, Unheld { said, held, .. }) = *records.first()?;
        let message = if is_there {
            format!(
                "Geniacs does not keep all of {field} that it is sent: {held} became {said} there for record {local_id}. The \
                 value here is not replaced; let Geniacs take it, or the mapping send what Geniacs keeps"
            )
        } else {
            format!(
                "The column of {field} does not hold what Geniacs says: {said} became {held} in record {local_id}. Geniacs' \
                 value is not replaced; let the column take it, or the mapping say what the column holds"
            )
        };

        let context = json!({"record_id": local_id, "geniacs_field": field, "said": said, "held": held, "records": records.len()});
        let level = "warning";
        Some(logs::Entry { level, message, context: Some(context), ..logs::Entry::default() })
    };

    fields.into_iter().filter_map(entry).collect()
}

/// A record's Geniacs id, and the number of the event that tells of it.
pub(super) fn of(record: &Incoming) -> (&str, Option<i64>) {
    (&record.geniacs_id, record.version.event_number())
}

pub(super) fn new_conflict(
    (geniacs_id, webhook_event_id): (&str, Option<i64>),
    local_id: i64,
    conflict: &Conflict,
) -> NewConflict {
    let resolution = conflict.resolution();
    NewConflict {
        local_id,
        geniacs_id: geniacs_id.to_owned(),
        webhook_event_id,
        fields: serde_json::to_value(&conflict.fields).unwrap_or_default(),
        policy: conflict.policy,
        resolution,
    }
}
