//! A field mapping as it is stored and sent around.

use crate::Region;
use crate::transform::concat;
use chrono_tz::Tz;
use domain::FieldType;
use domain::integration::ConflictPolicy;
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

    /// The local columns that the mapping names: its own, and those that the rule `concat` joins.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        let rules = &self.transformation_rules;
        let listed = rules.as_array().into_iter().flatten().find_map(|rule| rule.get(concat::NAME));
        let joined = rules.get(concat::NAME).or(listed).and_then(|concat| concat.get("fields"));
        let joined = joined.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        std::iter::once(self.local_field.as_str()).chain(joined.filter(|column| *column != self.local_field))
    }
}

/// What the rules need to know about the integration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// The country whose phone numbers are written without a prefix.
    pub default_region: Region,
    /// Where times without an offset from UTC are read and written; none refuses them.
    pub default_time_zone: Option<Tz>,
}
