//! Mappings that nobody wrote.

use domain::EntityType;
use storage::partners::mappings::NewMapping;

/// The default mappings of an entity.
pub(in crate::routes) fn default_mappings(integration_id: i64, entity: EntityType) -> Vec<NewMapping> {
    let new = |mapping| NewMapping::new(integration_id, entity, mapping, true);
    mapping::default_mappings(entity).into_iter().map(new).collect()
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
