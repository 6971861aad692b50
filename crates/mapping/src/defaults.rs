//! The mappings that a new integration starts with, as the specification lists them.

use crate::FieldMapping;
use domain::{EntityType, FieldType};
use serde_json::{Value, json};

/// The specification's default mappings of an entity; none for an entity that it does not name.
pub fn default_mappings(entity: EntityType) -> Vec<FieldMapping> {
    match entity {
        EntityType::Customers => customers(),
        EntityType::Subscriptions => vec![
            required("username", "subscription_username", FieldType::String, Value::Null, json!({"required": true})),
            required("status", "subscription_status", FieldType::String, Value::Null, json!({"required": true})),
        ],
        EntityType::Payments => vec![
            required("amount", "payment_amount", FieldType::Number, Value::Null, json!({"required": true, "min": 0})),
            required("status", "payment_status", FieldType::String, Value::Null, json!({"required": true})),
        ],
        EntityType::MonitoringData | EntityType::Invoices | EntityType::NasServers => Vec::new(),
    }
}

fn customers() -> Vec<FieldMapping> {
    vec![
        required(
            "name",
            "customer_name",
            FieldType::String,
            json!({"trim": true}),
            json!({"required": true, "max_length": 255}),
        ),
        required(
            "email",
            "customer_email",
            FieldType::String,
            json!({"lowercase": true}),
            json!({"required": true, "email": true}),
        ),
        FieldMapping {
            transformation_rules: json!({"format": "international"}),
            validation_rules: json!({"phone": true}),
            ..FieldMapping::new("phone", "customer_phone", FieldType::String)
        },
    ]
}

fn required(
    local: &str,
    geniacs: &str,
    field_type: FieldType,
    transformation: Value,
    validation: Value,
) -> FieldMapping {
    FieldMapping {
        is_required: true,
        transformation_rules: transformation,
        validation_rules: validation,
        ..FieldMapping::new(local, geniacs, field_type)
    }
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
    fn the_specification_names_three_entities() {
        let count = |entity| default_mappings(entity).len();
        assert_eq!(EntityType::ALL.iter().map(|e| count(*e)).collect::<Vec<_>>(), [3, 2, 2, 0, 0, 0]);
    }
}
