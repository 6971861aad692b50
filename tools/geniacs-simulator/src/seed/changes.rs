//! Changes that the partner makes to its records.

use super::calendar::Calendar;
use super::measurements::value_in_hundredths;
use super::people::phone_number;
use crate::random::Random;
use chrono::Utc;
use domain::EntityType;
use serde_json::{Map, Value, json};

/// One field's change.
#[derive(Debug, Clone)]
pub(crate) struct FieldChange {
    pub(crate) field: &'static str,
    /// The provider's column that the default mapping of the field names.
    pub(crate) local_field: &'static str,
    pub(crate) old: Value,
    pub(crate) new: Value,
}

/// Changes one field, none that follows rules of its own as statuses do, to something that it was not, and says which.
pub(crate) fn change_field(entity: EntityType, fields: &mut Map<String, Value>, random: &mut Random) -> FieldChange {
    let (field, local_field) = changing_field(entity);
    let old = fields.get(field).cloned().unwrap_or(Value::Null);
    let mut new = new_value(entity, random);
    while new == old {
        new = new_value(entity, random);
    }
    fields.insert(field.to_owned(), new.clone());
    FieldChange { field, local_field, old, new }
}

const fn changing_field(entity: EntityType) -> (&'static str, &'static str) {
    match entity {
        EntityType::Customers => ("customer_phone", "phone"),
        EntityType::Subscriptions => ("subscription_plan", "plan_name"),
        EntityType::Payments => ("payment_reference_number", "reference_number"),
        EntityType::Invoices => ("invoice_due_date", "due_date"),
        EntityType::MonitoringData => ("monitoring_value", "value"),
        EntityType::NasServers => ("nas_server_description", "description"),
    }
}

fn new_value(entity: EntityType, random: &mut Random) -> Value {
    match entity {
        EntityType::Customers => Value::from(phone_number(random)),
        EntityType::Subscriptions => Value::from(format!("Home {} Mbps", 10 * (1 + random.below(50)))),
        EntityType::Payments => Value::from(format!("REF{:012}", random.up_to(1_000_000_000_000))),
        EntityType::Invoices => json!(Calendar::of(Utc::now()).days_ago(random.up_to(90))),
        EntityType::MonitoringData => value_in_hundredths(random.up_to(10_000), true),
        EntityType::NasServers => Value::from(format!("BRAS, rack {}", random.below(1_000_000))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_always_changes_something() {
        for entity in EntityType::ALL {
            let mut fields = Map::new();
            for seed in 0..20 {
                let before = fields.clone();
                let change = change_field(*entity, &mut fields, &mut Random::new(seed));

                assert_ne!(fields, before, "{entity}");
                assert_eq!(fields[change.field], change.new);
            }
        }
    }
}
