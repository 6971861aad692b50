//! One record on both sides.

use super::CheckTarget;
use super::report::{DifferenceKind, EntityReport};
use crate::provider::sides::{Linked, Local};
use crate::simulator::Record;
use domain::EntityType;
use mapping::{Mapped, Plan, REFERENCE, References, canonical_bytes};
use serde_json::{Map, Value};

/// Compares a record of Geniacs' with what is linked to it here.
pub(super) fn compare_record(
    target: &CheckTarget,
    there: &Record,
    here: Option<&Linked>,
    references: &References,
    report: &mut EntityReport,
) {
    let id = &there.id;
    let local = here.and_then(|linked| linked.local.as_ref());

    match (here, local) {
        _ if there.deleted && local.is_none_or(|local| local.deleted) => report.deleted += 1,
        (None, _) => {
            let external = there.external_id.as_deref().unwrap_or("none");
            report.add(DifferenceKind::MissingHere, || {
                format!("Geniacs {id} (external_id {external}) is linked to nothing here")
            });
        }
        (Some(linked), None) => {
            let row = linked.local_id;
            report.add(DifferenceKind::MissingHere, || format!("Geniacs {id} is linked to row {row}, which is gone"));
        }
        (_, Some(local)) if there.deleted != local.deleted => {
            let side = if there.deleted { "at Geniacs" } else { "here" };
            report.add(DifferenceKind::Different, || format!("Geniacs {id}, row {}: deleted only {side}", local.id));
        }
        (_, Some(local)) => compare_live(target, there, local, references, report),
    }
}

fn compare_live(
    target: &CheckTarget,
    there: &Record,
    local: &Local,
    references: &References,
    report: &mut EntityReport,
) {
    let mapped = target.plan.push(&local.fields, references);
    if !mapped.errors.is_empty() {
        let text =
            || format!("Geniacs {}, row {}: {} cannot be mapped here", there.id, local.id, failing_fields(&mapped));
        report.add(DifferenceKind::Unexplained, text);
        return;
    }

    let mut fields = differing_fields(&target.plan, &mapped.fields, &there.fields);
    if there.external_id.as_ref().is_some_and(|external| *external != local.id.to_string()) {
        fields.push("external_id");
    }
    // A sample that was sent has no copy: nothing is written to it any more.
    let copied = target.entity() != EntityType::MonitoringData || local.geniacs_copy.is_some();
    if copied && local.geniacs_copy.as_ref() != Some(&there.id) {
        fields.push("the Geniacs id in the row");
    }

    if fields.is_empty() {
        report.equal += 1;
        report.references += target.plan.local_references(&local.fields).count() as u64;
    } else {
        let text = || format!("Geniacs {}, row {}: {} differs", there.id, local.id, fields.join(", "));
        report.add(DifferenceKind::Different, text);
    }
}

/// The fields that keep a row from being mapped.
pub(super) fn failing_fields(mapped: &Mapped) -> String {
    let fields: Vec<&str> = mapped.errors.iter().map(|problem| problem.local_field.as_str()).collect();
    fields.join(", ")
}

/// Whether a row that cannot be mapped lacks nothing but links.
pub(super) fn only_waits(mapped: &Mapped) -> bool {
    mapped.errors.iter().all(|problem| problem.rule == REFERENCE)
}

/// The mapped fields whose values differ; absent and null are the same.
fn differing_fields<'plan>(
    plan: &'plan Plan,
    here: &Map<String, Value>,
    there: &Map<String, Value>,
) -> Vec<&'plan str> {
    let differ = |field: &&str| {
        let (here, there) = (field_value(here, field), field_value(there, field));
        here != there && canonical_value(field, here) != canonical_value(field, there)
    };
    plan.geniacs_fields().filter(differ).collect()
}

fn field_value<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields.get(name).filter(|value| !value.is_null())
}

/// `10.50` and `10.5` say the same.
fn canonical_value(name: &str, value: Option<&Value>) -> Vec<u8> {
    let mut bytes = Vec::new();
    canonical_bytes(&value.map(|value| (name.to_owned(), value.clone())).into_iter().collect(), &mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(there: Value, here: Option<Value>, deleted_here: bool) -> EntityReport {
        let target = CheckTarget::of_defaults(EntityType::Customers);
        let there: Record = serde_json::from_value(there).unwrap();
        let local = here.map(|fields| Local {
            id: 17,
            deleted: deleted_here,
            geniacs_copy: Some("cust_1".to_owned()),
            fields: fields.as_object().unwrap().clone(),
        });

        let linked = Linked { geniacs_id: "cust_1".to_owned(), local_id: 17, local };
        let mut report = EntityReport::new(EntityType::Customers);
        compare_record(&target, &there, Some(&linked), &References::default(), &mut report);

        report
    }

    fn there(fields: &Value, deleted: bool) -> Value {
        json!({"id": "cust_1", "external_id": "17", "deleted": deleted, "fields": fields})
    }

    fn siti() -> Value {
        json!({"name": " Siti ", "email": "SITI@example.com", "phone": "0812-3456-789"})
    }

    fn siti_there() -> Value {
        json!({"customer_name": "Siti", "customer_email": "siti@example.com", "customer_phone": "+628123456789"})
    }

    #[test]
    fn values_are_compared_as_geniacs_gets_them() {
        let report = check(there(&siti_there(), false), Some(siti()), false);
        assert_eq!((report.equal, report.differences()), (1, 0));
    }

    #[test]
    fn a_difference_names_ids_and_fields_and_no_value() {
        let mut other = siti_there();
        other["customer_name"] = json!("Siti Rahayu");
        other["customer_phone"] = Value::Null;
        let report = check(there(&other, false), Some(siti()), false);
        assert_eq!(report.differences(), 1);
        let text = format!("{report:?}");
        assert!(text.contains("Geniacs cust_1, row 17: customer_name, customer_phone differs"), "{text}");
        assert!(!text.contains("Rahayu"));
    }

    #[test]
    fn a_record_deleted_on_one_side_only_is_a_difference() {
        assert_eq!(check(there(&siti_there(), true), Some(siti()), false).differences(), 1);
        assert_eq!(check(there(&siti_there(), false), Some(siti()), true).differences(), 1);
        assert_eq!(check(there(&siti_there(), true), Some(siti()), true).differences(), 0);
        assert_eq!(check(there(&siti_there(), false), None, false).differences(), 1);
    }

    #[test]
    fn a_row_that_fails_validation_must_not_be_there() {
        let invalid = json!({"name": "Siti", "email": "siti"});
        assert_eq!(check(there(&siti_there(), false), Some(invalid), false).differences(), 1);
    }
}
