//! Records that the partner owns, and changes that it makes to records.

use crate::names::{email, full_name, phone};
use crate::random::Random;
use domain::EntityType;
use serde_json::{Map, Value, json};

/// The fields of the `number`th record made from `seed`. `customers` is how many customers there are to refer to.
pub(crate) fn fields(entity: EntityType, seed: u64, number: u64, customers: usize) -> Map<String, Value> {
    let mut random = Random::of_item(seed, number);
    let value = match entity {
        EntityType::Customers => customer(number, &mut random),
        EntityType::Subscriptions => json!({
            "customer_id": customer_id(customers, &mut random),
            "subscription_username": format!("pppoe-{seed}-{number}"),
            "subscription_status": "active",
        }),
        EntityType::Payments => json!({
            "customer_id": customer_id(customers, &mut random),
            "payment_transaction_id": format!("TRX-{seed}-{number}"),
            "payment_amount": amount(&mut random),
            "payment_status": "pending",
        }),
        EntityType::Invoices => json!({
            "customer_id": customer_id(customers, &mut random),
            "invoice_number": format!("INV-{seed}-{number}"),
            "invoice_amount": amount(&mut random),
            "invoice_status": "sent",
        }),
        EntityType::MonitoringData => json!({
            "monitoring_metric": "cpu_usage",
            "monitoring_value": random.below(100),
            "monitoring_recorded_at": moment(number),
        }),
        EntityType::NasServers => json!({
            "nas_server_name": format!("nas-{seed}-{number}"),
            "nas_server_description": "edge router",
        }),
    };
    object(value)
}

/// Changes one field to something that it was not, and says which.
pub(crate) fn change(entity: EntityType, fields: &mut Map<String, Value>, random: &mut Random) -> Change {
    let field = match entity {
        EntityType::Customers => "customer_phone",
        EntityType::Subscriptions => "subscription_status",
        EntityType::Payments => "payment_amount",
        EntityType::Invoices => "invoice_amount",
        EntityType::MonitoringData => "monitoring_value",
        EntityType::NasServers => "nas_server_description",
    };
    let old = fields.get(field).cloned().unwrap_or(Value::Null);
    let mut new = new_value(entity, &old, random);
    while new == old {
        new = new_value(entity, &old, random);
    }
    fields.insert(field.to_owned(), new.clone());
    Change { field, old, new }
}

/// One field's change.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) field: &'static str,
    pub(crate) old: Value,
    pub(crate) new: Value,
}

fn new_value(entity: EntityType, old: &Value, random: &mut Random) -> Value {
    match entity {
        EntityType::Customers => Value::from(phone(random)),
        EntityType::Subscriptions => Value::from(if old == "active" { "suspended" } else { "active" }),
        EntityType::Payments | EntityType::Invoices => amount(random),
        EntityType::MonitoringData => Value::from(random.below(100)),
        EntityType::NasServers => Value::from(format!("edge router, rack {}", random.below(1_000_000))),
    }
}

fn customer(number: u64, random: &mut Random) -> Value {
    let name = full_name(random);
    json!({
        "customer_email": email(&name, number, random),
        "customer_phone": phone(random),
        "customer_name": name,
    })
}

fn customer_id(customers: usize, random: &mut Random) -> Value {
    if customers == 0 { Value::Null } else { Value::from(format!("cust_{}", random.below(customers) + 1)) }
}

/// Whole thousands of rupiah, as a number with two decimals.
fn amount(random: &mut Random) -> Value {
    let thousands = 100 + random.below(900);
    serde_json::from_str(&format!("{thousands}000.00")).unwrap_or(Value::Null)
}

/// One measurement a second from 2026 on.
fn moment(number: u64) -> Option<String> {
    let seconds = 1_767_225_600 + i64::try_from(number).ok()?;
    Some(chrono::DateTime::from_timestamp(seconds, 0)?.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_customers_every_time() {
        let one = fields(EntityType::Customers, 1, 5, 0);
        assert_eq!(one, fields(EntityType::Customers, 1, 5, 0));
        assert_ne!(one, fields(EntityType::Customers, 1, 6, 0));
        assert!(one["customer_phone"].as_str().unwrap().starts_with("+628"));
    }

    #[test]
    fn a_change_always_changes_something() {
        for entity in EntityType::ALL {
            let mut fields = fields(*entity, 1, 1, 3);
            let before = fields.clone();
            let change = change(*entity, &mut fields, &mut Random::new(9));
            assert_ne!(fields, before, "{entity}");
            assert_eq!(fields[change.field], change.new);
        }
    }
}
