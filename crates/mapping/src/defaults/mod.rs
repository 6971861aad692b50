//! The mappings that a new integration starts with: the specification's own, and what it takes to make a record of each
//! kind from a pulled one. A Geniacs field is the column's name behind the entity's, as in the specification.

mod billing;
mod network;
mod people;

use crate::FieldMapping;
use domain::{EntityType, FieldType, status};
use serde_json::json;

/// The default mappings of an entity. No secret is among them.
pub fn default_mappings(entity: EntityType) -> Vec<FieldMapping> {
    match entity {
        EntityType::Customers => people::customer_mappings(),
        EntityType::Subscriptions => people::subscription_mappings(),
        EntityType::Payments => billing::payment_mappings(),
        EntityType::MonitoringData => network::monitoring_data(),
        EntityType::Invoices => billing::invoice_mappings(),
        EntityType::NasServers => network::nas_servers(),
    }
}

/// An optional field of a type.
fn field(kind: FieldType, local: &str, geniacs: &str) -> FieldMapping {
    FieldMapping::new(local, geniacs, kind)
}

fn text(local: &str, geniacs: &str) -> FieldMapping {
    field(FieldType::String, local, geniacs)
}

fn number(local: &str, geniacs: &str) -> FieldMapping {
    field(FieldType::Number, local, geniacs)
}

fn date(local: &str, geniacs: &str) -> FieldMapping {
    field(FieldType::Date, local, geniacs)
}

/// Three letters.
fn currency(geniacs: &str) -> FieldMapping {
    text("currency", geniacs)
        .transformed(json!({"trim": true, "uppercase": true}))
        .valid(json!({"min_length": 3, "max_length": 3}))
}

/// A text that is one of some.
fn one_of(local: &str, geniacs: &str, words: &[&str]) -> FieldMapping {
    text(local, geniacs).valid(json!({"in": words}))
}

/// A status that the entity's records may have.
fn status_of(entity: EntityType, geniacs: &str) -> FieldMapping {
    one_of("status", geniacs, &status::statuses(entity).collect::<Vec<_>>())
}

/// The id of another record, under its Geniacs name on both sides.
fn reference(entity: EntityType) -> FieldMapping {
    text(entity.id_field(), entity.id_field()).transformed(json!({"reference": entity}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check_all;

    #[test]
    fn every_default_mapping_passes_the_check() {
        for entity in EntityType::ALL {
            assert_eq!(check_all(*entity, &default_mappings(*entity)), [], "{entity}");
        }
    }

    #[test]
    fn the_specifications_mappings_stand_first_and_unchanged() {
        let spec: Vec<FieldMapping> = serde_json::from_value(json!([
            {"local_field": "name", "geniacs_field": "customer_name", "field_type": "string", "is_required": true,
                "transformation_rules": {"trim": true}, "validation_rules": {"required": true, "max_length": 255}},
            {"local_field": "email", "geniacs_field": "customer_email", "field_type": "string", "is_required": true,
                "transformation_rules": {"lowercase": true}, "validation_rules": {"required": true, "email": true}},
            {"local_field": "phone", "geniacs_field": "customer_phone", "field_type": "string",
                "transformation_rules": {"format": "international"}, "validation_rules": {"phone": true}},
            {"local_field": "username", "geniacs_field": "subscription_username", "field_type": "string",
                "is_required": true, "validation_rules": {"required": true}},
            {"local_field": "status", "geniacs_field": "subscription_status", "field_type": "string",
                "is_required": true, "validation_rules": {"required": true}},
            {"local_field": "amount", "geniacs_field": "payment_amount", "field_type": "number", "is_required": true,
                "validation_rules": {"required": true, "min": 0}},
            {"local_field": "status", "geniacs_field": "payment_status", "field_type": "string", "is_required": true,
                "validation_rules": {"required": true}}
        ]))
        .unwrap();
        let first = |entity, count| default_mappings(entity).into_iter().take(count);
        let own: Vec<FieldMapping> = first(EntityType::Customers, 3)
            .chain(first(EntityType::Subscriptions, 2))
            .chain(first(EntityType::Payments, 2))
            .collect();
        assert_eq!(own, spec);
    }

    #[test]
    fn the_readme_lists_them_all() {
        let readme = include_str!("../../README.md");
        for entity in EntityType::ALL {
            let row = readme.lines().find(|line| line.starts_with(&format!("| {entity} |"))).unwrap();

            let listed: Vec<&str> =
                row.rsplit('|').nth(1).unwrap().split(", ").map(|name| name.trim().trim_matches('*')).collect();

            let mapped: Vec<String> =
                default_mappings(*entity).into_iter().map(|mapping| mapping.geniacs_field).collect();

            assert_eq!(listed, mapped, "{entity}");
        }
    }

    #[test]
    fn only_the_necessary_fields_are_required() {
        let required = |entity| -> Vec<String> {
            let mappings = default_mappings(entity).into_iter().filter(|mapping| mapping.is_required);
            mappings.map(|mapping| mapping.local_field).collect()
        };

        for (entity, columns) in [
            (EntityType::Customers, vec!["name", "email"]),
            (EntityType::Subscriptions, vec!["username", "status"]),
            (EntityType::Invoices, vec!["total_amount"]),
            (EntityType::Payments, vec!["amount", "status"]),
            (EntityType::MonitoringData, vec!["metric_type", "value", "recorded_at"]),
            (EntityType::NasServers, vec!["nasname"]),
        ] {
            assert_eq!(required(entity), columns, "{entity}");
        }
    }
}
