//! Mappings that nobody wrote.

use domain::EntityType;
use mapping::FieldMapping;
use serde_json::Value;
use storage::partners::mappings::NewMapping;

/// The default mappings of an entity.
pub(in crate::routes) fn default_mappings(integration_id: i64, entity: EntityType) -> Vec<NewMapping> {
    let new = |mapping| row(integration_id, entity, mapping, true);
    mapping::default_mappings(entity).into_iter().map(new).collect()
}

/// A checked mapping as it is stored.
pub(super) fn row(integration_id: i64, entity_type: EntityType, mapping: FieldMapping, is_active: bool) -> NewMapping {
    let rules = |rules: Value| Some(rules).filter(|rules| !rules.is_null());
    NewMapping {
        integration_id,
        entity_type,
        local_field: mapping.local_field,
        geniacs_field: mapping.geniacs_field,
        field_type: mapping.field_type,
        transformation_rules: rules(mapping.transformation_rules),
        is_required: mapping.is_required,
        default_value: mapping.default_value,
        validation_rules: rules(mapping.validation_rules),
        conflict_policy: mapping.conflict_policy,
        is_active,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_mapping_is_of_a_column_that_mappings_may_use() {
        for entity in EntityType::ALL {
            let columns = storage::entities::descriptor(*entity).columns;
            for new in default_mappings(1, *entity) {
                assert!(columns.iter().any(|column| column.name == new.local_field), "{entity}: {}", new.local_field);
            }
        }
    }
}
