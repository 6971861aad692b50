//! Records that the partner owns, with what they refer to.
//!
//! The `number`th record of a seed is the same every time, except for its days: they are counted back from the first
//! of the current month. Natural keys begin with `GX-`, so that they meet nothing of the provider's own.

mod billing;
mod calendar;
mod changes;
mod customers;
mod everything;
mod links;
mod measurements;
mod network;
mod people;
mod run;
mod subscriptions;

pub(crate) use changes::{FieldChange, change_field};
pub(crate) use everything::{Everything, seed_everything};
pub(crate) use run::seed_records;

use crate::random::Random;
use calendar::Calendar;
use domain::EntityType;
use links::Links;
use serde_json::{Map, Value};

/// One record to make.
pub(crate) struct SeedItem<'a> {
    pub(crate) seed: u64,
    /// From 1 on, of its own in its entity.
    pub(crate) number: u64,
    pub(crate) calendar: Calendar,
    pub(crate) links: &'a Links,
}

impl SeedItem<'_> {
    /// The fields of the record.
    pub(crate) fn fields(&self, entity: EntityType) -> Map<String, Value> {
        let mut random = Random::of_item(self.seed, self.number);
        let value = match entity {
            EntityType::Customers => customers::customer_fields(self, &mut random),
            EntityType::Subscriptions => subscriptions::subscription_fields(self, &mut random),
            EntityType::Payments => billing::payment_fields(self, &mut random),
            EntityType::Invoices => billing::invoice_fields(self, &mut random),
            EntityType::MonitoringData => measurements::sample_fields(self, &mut random),
            EntityType::NasServers => network::nas_server_fields(self, &mut random),
        };

        match value {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }

    /// A natural key that no other record of the entity has.
    fn key(&self, kind: &str) -> String {
        format!("GX-{kind}{}-{:06}", self.seed, self.number)
    }
}

/// Money: rupiah with two decimals, which stay digits.
fn rupiah_value(whole: u64) -> Value {
    serde_json::from_str(&format!("{whole}.00")).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn made(entity: EntityType, seed: u64, number: u64) -> Map<String, Value> {
        let calendar = Calendar::of("2026-11-23T10:00:00Z".parse().unwrap());
        SeedItem { seed, number, calendar, links: &Links::default() }.fields(entity)
    }

    #[test]
    fn a_seed_makes_the_same_records_every_time() {
        for entity in EntityType::ALL {
            assert_eq!(made(*entity, 1, 5), made(*entity, 1, 5), "{entity}");
            assert_ne!(made(*entity, 1, 5), made(*entity, 1, 6), "{entity}");
            assert_ne!(made(*entity, 1, 5), made(*entity, 2, 5), "{entity}");
        }
    }

    #[test]
    fn natural_keys_are_the_partners_own_and_come_once() {
        let keys = [
            (EntityType::Customers, "customer_code"),
            (EntityType::Subscriptions, "subscription_code"),
            (EntityType::Payments, "payment_transaction_id"),
            (EntityType::Invoices, "invoice_number"),
            (EntityType::NasServers, "nas_server_name"),
        ];

        for (entity, key) in keys {
            let all: HashSet<String> =
                (1..=300).map(|number| made(entity, 1, number)[key].as_str().unwrap().to_owned()).collect();
            assert_eq!(all.len(), 300, "{entity}");
            assert!(all.iter().all(|key| key.to_uppercase().starts_with("GX-")), "{entity}");
        }
    }
}
