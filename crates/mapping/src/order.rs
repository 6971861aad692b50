//! The order in which a mapping's rules apply, for showing what each of them does.

use crate::rule::Table;
use crate::{FieldMapping, transform, validation};
use serde_json::Value;

/// The names of a mapping's rules, in the order in which a push applies them. Those that are switched off are left out.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct RulesInOrder {
    /// What changes the value.
    pub(crate) transformations: Vec<String>,
    /// What the changed value must satisfy.
    pub(crate) validations: Vec<String>,
}

impl RulesInOrder {
    /// Of a mapping that passes its check.
    pub(crate) fn of(mapping: &FieldMapping) -> Self {
        Self {
            transformations: in_order(&transform::TABLE, &mapping.transformation_rules),
            validations: in_order(&validation::TABLE, &mapping.validation_rules),
        }
    }
}

fn in_order<T>(table: &Table<T>, written: &Value) -> Vec<String> {
    let rules = table.in_order(written, &mut Vec::new());
    let on = rules.into_iter().filter(|(_, argument)| **argument != Value::Bool(false));
    on.map(|(name, _)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::FieldType;
    use serde_json::json;

    #[test]
    fn an_object_applies_in_the_tables_order_and_a_list_as_written() {
        let mut mapping = FieldMapping::new("name", "customer_name", FieldType::String);
        mapping.transformation_rules = json!({"max_length": 5, "uppercase": false, "trim": true});
        mapping.validation_rules = json!(["email", {"required": true}]);
        let rules = RulesInOrder::of(&mapping);
        assert_eq!(rules.transformations, ["trim", "max_length"]);
        assert_eq!(rules.validations, ["email", "required"]);
    }
}
