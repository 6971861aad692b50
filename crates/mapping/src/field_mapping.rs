//! The columns that a field mapping names, and what its rules need to know.

use crate::Region;
use crate::transform::concat;
use chrono_tz::Tz;
pub use domain::FieldMapping;
use serde_json::Value;

/// The local columns that a mapping names: its own, and those that the rule `concat` joins.
pub fn columns(mapping: &FieldMapping) -> impl Iterator<Item = &str> {
    let rules = &mapping.transformation_rules;
    let listed = rules.as_array().into_iter().flatten().find_map(|rule| rule.get(concat::NAME));
    let joined = rules.get(concat::NAME).or(listed).and_then(|concat| concat.get("fields"));
    let joined = joined.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    std::iter::once(mapping.local_field.as_str()).chain(joined.filter(|column| *column != mapping.local_field))
}

/// What the rules need to know about the integration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// The country whose phone numbers are written without a prefix.
    pub default_region: Region,
    /// Where times without an offset from UTC are read and written; none refuses them.
    pub default_time_zone: Option<Tz>,
}
