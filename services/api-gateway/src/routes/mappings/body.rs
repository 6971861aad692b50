//! Bodies, as documents describe them; `new` and `preview` read them.
#![expect(dead_code, reason = "bodies are read field by field; these types say what they may hold")]

use crate::openapi::names;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A new mapping.
#[derive(ToSchema)]
#[schema(as = NewMapping)]
pub(super) struct MappingBody {
    integration_id: i64,
    #[schema(value_type = names::EntityType)]
    entity_type: String,
    /// A column of the entity's table.
    #[schema(min_length = 1, max_length = 255, example = "email")]
    local_field: String,
    #[schema(min_length = 1, max_length = 255, example = "email_address")]
    geniacs_field: String,
    /// What the field holds at Geniacs.
    #[schema(value_type = names::FieldType)]
    field_type: String,
    /// Whether a record without this field fails.
    #[schema(default = false)]
    is_required: Option<bool>,
    /// Takes the place of an absent or null value. Numbers, true and false are kept as text.
    default_value: Option<DefaultValue>,
    /// What changes the value: an object, or a list that fixes the order.
    transformation_rules: Option<Rules>,
    /// What the changed value must satisfy: an object, or a list that fixes the order.
    validation_rules: Option<Rules>,
    /// As the integration says unless given.
    #[schema(value_type = Option<names::ConflictPolicy>)]
    conflict_policy: Option<String>,
    #[schema(default = true)]
    is_active: Option<bool>,
}

/// What of a mapping is to be changed.
#[derive(ToSchema)]
pub(super) struct MappingChange {
    /// Only as it is.
    integration_id: Option<i64>,
    /// Only as it is.
    #[schema(value_type = Option<names::EntityType>)]
    entity_type: Option<String>,
    /// A column of the entity's table.
    #[schema(min_length = 1, max_length = 255)]
    local_field: Option<String>,
    #[schema(min_length = 1, max_length = 255)]
    geniacs_field: Option<String>,
    /// What the field holds at Geniacs.
    #[schema(value_type = Option<names::FieldType>)]
    field_type: Option<String>,
    /// Whether a record without this field fails.
    is_required: Option<bool>,
    /// Takes the place of an absent or null value. Numbers, true and false are kept as text.
    default_value: Option<DefaultValue>,
    /// What changes the value: an object, or a list that fixes the order.
    transformation_rules: Option<Rules>,
    /// What the changed value must satisfy: an object, or a list that fixes the order.
    validation_rules: Option<Rules>,
    /// As the integration says unless given.
    #[schema(value_type = Option<names::ConflictPolicy>)]
    conflict_policy: Option<String>,
    #[schema(example = false)]
    is_active: Option<bool>,
}

/// All mappings that an entity is to have.
#[derive(ToSchema)]
#[schema(as = MappingSet)]
pub(super) struct SetBody {
    #[schema(max_items = 200)]
    mappings: Vec<MappingOfSet>,
}

/// A mapping that there is already, or a new one.
#[derive(ToSchema)]
pub(super) struct MappingOfSet {
    /// Of the mapping that it takes the place of; none: it is new.
    id: Option<i64>,
    /// A column of the entity's table.
    #[schema(min_length = 1, max_length = 255, example = "email")]
    local_field: String,
    #[schema(min_length = 1, max_length = 255, example = "email_address")]
    geniacs_field: String,
    /// What the field holds at Geniacs.
    #[schema(value_type = names::FieldType)]
    field_type: String,
    /// Whether a record without this field fails.
    #[schema(default = false)]
    is_required: Option<bool>,
    /// Takes the place of an absent or null value. Numbers, true and false are kept as text.
    default_value: Option<DefaultValue>,
    /// What changes the value: an object, or a list that fixes the order.
    transformation_rules: Option<Rules>,
    /// What the changed value must satisfy: an object, or a list that fixes the order.
    validation_rules: Option<Rules>,
    /// As the integration says unless given.
    #[schema(value_type = Option<names::ConflictPolicy>)]
    conflict_policy: Option<String>,
    #[schema(default = true)]
    is_active: Option<bool>,
    /// As an earlier answer gave it; left aside, as what follows.
    integration_id: Option<i64>,
    entity_type: Option<String>,
    version: Option<i32>,
    created_at: Option<String>,
    updated_at: Option<String>,
}

/// What mappings are to be tried on.
#[derive(ToSchema)]
#[schema(as = MappingPreviewRequest)]
pub(super) struct PreviewBody {
    integration_id: i64,
    #[schema(value_type = names::EntityType)]
    entity_type: String,
    /// Those of the integration that are active, unless given.
    #[schema(min_items = 1, max_items = 200)]
    mappings: Option<Vec<TriedMapping>>,
    /// Which way the records go.
    #[schema(value_type = Option<names::MappingWay>, default = "to_geniacs")]
    direction: Option<String>,
    /// A record of the database: this, or one of those that follow.
    record_id: Option<i64>,
    /// A record by the names of the local columns, on the way here by those of Geniacs' fields.
    #[schema(value_type = Option<Object>, example = json!({"email": " Siti@Example.com "}))]
    sample: Option<Value>,
    /// Another name for `sample`.
    #[schema(value_type = Option<Object>)]
    record: Option<Value>,
    /// Records of the database.
    #[schema(min_items = 1, max_items = 100)]
    record_ids: Option<Vec<i64>>,
    /// So many records that changed last.
    #[schema(minimum = 1, maximum = 100)]
    sample_size: Option<i32>,
}

/// A mapping that nobody has saved.
#[derive(ToSchema)]
pub(super) struct TriedMapping {
    /// A column of the entity's table.
    #[schema(min_length = 1, max_length = 255, example = "email")]
    local_field: String,
    #[schema(min_length = 1, max_length = 255, example = "email_address")]
    geniacs_field: String,
    /// What the field holds at Geniacs.
    #[schema(value_type = names::FieldType)]
    field_type: String,
    /// Whether a record without this field fails.
    #[schema(default = false)]
    is_required: Option<bool>,
    /// Takes the place of an absent or null value. Numbers, true and false are kept as text.
    default_value: Option<DefaultValue>,
    /// What changes the value: an object, or a list that fixes the order.
    transformation_rules: Option<Rules>,
    /// What the changed value must satisfy: an object, or a list that fixes the order.
    validation_rules: Option<Rules>,
    /// As the integration says unless given.
    #[schema(value_type = Option<names::ConflictPolicy>)]
    conflict_policy: Option<String>,
    /// Of a saved mapping; left aside, as what follows.
    id: Option<i64>,
    integration_id: Option<i64>,
    entity_type: Option<String>,
    is_active: Option<bool>,
    version: Option<i32>,
    created_at: Option<String>,
    updated_at: Option<String>,
}

/// Text, or what is written as text.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum DefaultValue {
    Text(String),
    Number(f64),
    Flag(bool),
}

/// Rules by their names, or one after the other.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Rules {
    #[schema(value_type = Object)]
    ByName(BTreeMap<String, Value>),
    #[schema(value_type = Vec<Object>)]
    InOrder(Vec<Value>),
}
