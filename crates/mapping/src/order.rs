//! The order in which a mapping's rules apply, for showing what each of them does.

use crate::rule::Table;
use crate::{FieldMapping, transform, validation};
use serde_json::{Value, json};

/// A mapping's rules, each as a list takes it (`{"max_length": 10}`), in the order in which a push applies them. Those
/// that are switched off are left out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RulesInOrder {
    /// What changes the value.
    pub transformations: Vec<Value>,
    /// What the changed value must satisfy.
    pub validations: Vec<Value>,
}

impl RulesInOrder {
    /// Of a mapping that passes its check.
    pub fn of(mapping: &FieldMapping) -> Self {
        Self {
            transformations: in_order(&transform::TABLE, &mapping.transformation_rules),
            validations: in_order(&validation::TABLE, &mapping.validation_rules),
        }
    }
}

fn in_order<T>(table: &Table<T>, written: &Value) -> Vec<Value> {
    let rules = table.in_order(written, &mut Vec::new());
    let on = rules.into_iter().filter(|(_, argument)| **argument != Value::Bool(false));
    on.map(|(name, argument)| json!({name: argument})).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::FieldType;

    #[test]
    fn an_object_applies_in_the_tables_order_and_a_list_as_written() {
        let mut mapping = FieldMapping::new("name", "customer_name", FieldType::String);
        mapping.transformation_rules = json!({"max_length": 5, "uppercase": false, "trim": true});
        mapping.validation_rules = json!(["email", {"required": true}]);
        let rules = RulesInOrder::of(&mapping);
        assert_eq!(rules.transformations, [json!({"trim": true}), json!({"max_length": 5})]);
        assert_eq!(rules.validations, [json!({"email": true}), json!({"required": true})]);
    }
}
