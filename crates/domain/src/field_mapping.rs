//! A field mapping as it is stored and sent around. What its rules mean is known to the crate `mapping`.

use crate::FieldType;
use crate::integration::ConflictPolicy;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How one local column and one Geniacs field belong together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldMapping {
    /// The column of the entity's local table.
    pub local_field: String,
    /// The field of the partner's record.
    pub geniacs_field: String,
    /// What the field holds at Geniacs.
    pub field_type: FieldType,
    /// Whether a record without this field fails.
    #[serde(default)]
    pub is_required: bool,
    /// Takes the place of an absent or null value, written as text.
    #[serde(default)]
    pub default_value: Option<String>,
    /// What changes the value: null, an object, or a list that fixes the order.
    #[serde(default)]
    pub transformation_rules: Value,
    /// What the changed value must satisfy: null, an object, or a list that fixes the order.
    #[serde(default)]
    pub validation_rules: Value,
    /// Who wins when both sides changed the field; none: as the integration says.
    #[serde(default)]
    pub conflict_policy: Option<ConflictPolicy>,
}

impl FieldMapping {
    /// An optional field without rules or default.
    pub fn new(local_field: impl Into<String>, geniacs_field: impl Into<String>, field_type: FieldType) -> Self {
        Self {
            local_field: local_field.into(),
            geniacs_field: geniacs_field.into(),
            field_type,
            is_required: false,
            default_value: None,
            transformation_rules: Value::Null,
            validation_rules: Value::Null,
            conflict_policy: None,
        }
    }

    /// Without it, a record fails.
    #[must_use]
    pub fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    /// With these rules that change the value.
    #[must_use]
    pub fn transformed(self, rules: Value) -> Self {
        Self { transformation_rules: rules, ..self }
    }

    /// With these rules that the changed value must satisfy.
    #[must_use]
    pub fn valid(self, rules: Value) -> Self {
        Self { validation_rules: rules, ..self }
    }
}
