//! Lines of a sync's log that are written in several places.

use domain::EntityType;
use mapping::FieldProblem;
use serde_json::json;
use storage::runs::logs;

/// The log entry of a field that was left out. Only the sync's own log shows the value.
pub(crate) fn left_out_field(record_id: Option<i64>, problem: &FieldProblem) -> logs::Entry {
    logs::Entry {
        level: "warning",
        message: problem.log_message(),
        context: Some(json!({"record_id": record_id, "field": problem.local_field, "rule": problem.rule})),
        ..logs::Entry::default()
    }
}

/// What the log says of a record that got another id.
pub(crate) fn other_id(entity: EntityType, local_id: i64, (former_id, geniacs_id): (&str, &str)) -> logs::Entry {
    logs::Entry {
        level: "warning",
        message: format!("Record {local_id} of {entity} is now {geniacs_id} at Geniacs, which was {former_id}"),
        context: Some(json!({"record_id": local_id})),
        ..logs::Entry::default()
    }
}
