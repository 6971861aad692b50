//! Looking at pushed records before they are applied.

use crate::app::App;
use crate::faults::Faults;
use crate::random::Random;
use crate::store::{Incoming, RecordProblem, references};
use domain::EntityType;
use serde_json::Value;

/// A record that can be applied, or the type of its failure and what is wrong.
pub(super) type Checked = Result<Incoming, (String, RecordProblem)>;

/// Reads the records, and refuses those that a fault or a rule refuses.
pub(super) fn check_all(app: &App, entity: EntityType, data: Vec<Value>, faults: &Faults) -> Vec<Checked> {
    let mut random = app.random(None);
    let mut records: Vec<Checked> =
        data.into_iter().map(|record| check_record(entity, record, faults, &mut random)).collect();
    if faults.check_references {
        check_references(app, entity, &mut records);
    }
    records
}

fn check_record(entity: EntityType, record: Value, faults: &Faults, random: &mut Random) -> Checked {
    let record = Incoming::parse(entity, record).map_err(|problem| ("validation_error".to_owned(), problem))?;
    if let Some((field, error_type)) = faults.rejects(entity, record.external_id.as_deref(), &record.fields) {
        return Err((error_type.to_owned(), RecordProblem::new(field, "is refused by a rule")));
    }
    if random.chance(faults.stumble_rate) {
        return Err(("temporary_error".to_owned(), RecordProblem::new("data", "cannot be stored at the moment")));
    }
    Ok(record)
}

/// Fails the records that refer to what is not here. One store at a time, since nothing else is locked meanwhile.
fn check_references(app: &App, entity: EntityType, records: &mut [Checked]) {
    for (field, target) in references(entity) {
        let targets = app.store(*target);
        for checked in records.iter_mut() {
            let named =
                checked.as_ref().ok().filter(|record| !record.deleted).and_then(|record| record.fields.get(*field));
            let missing = named.and_then(Value::as_str).is_some_and(|id| targets.find_live(id).is_none());
            if missing {
                *checked = Err((
                    "unknown_reference".to_owned(),
                    RecordProblem::new(*field, "names a record that is not here"),
                ));
            }
        }
    }
}
