//! A mapping as callers see it.

use crate::openapi::names;
use chrono::{DateTime, Utc};
use domain::integration::ConflictPolicy;
use domain::{EntityType, FieldType};
use serde::Serialize;
use serde_json::Value;
use storage::partners::mappings::Mapping;
use utoipa::ToSchema;

/// A mapping as callers see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mapping)]
pub(super) struct MappingView {
    id: i64,
    integration_id: i64,
    #[schema(value_type = names::EntityType)]
    entity_type: EntityType,
    #[schema(example = "email")]
    local_field: String,
    #[schema(example = "email_address")]
    geniacs_field: String,
    #[schema(value_type = names::FieldType)]
    field_type: FieldType,
    is_required: bool,
    transformation_rules: Option<Value>,
    validation_rules: Option<Value>,
    default_value: Option<String>,
    #[schema(value_type = Option<names::ConflictPolicy>)]
    conflict_policy: Option<ConflictPolicy>,
    is_active: bool,
    version: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Mapping> for MappingView {
    fn from(row: Mapping) -> Self {
        Self {
            id: row.id,
            integration_id: row.integration_id,
            entity_type: row.entity_type,
            local_field: row.local_field,
            geniacs_field: row.geniacs_field,
            field_type: row.field_type,
            is_required: row.is_required,
            transformation_rules: row.transformation_rules,
            validation_rules: row.validation_rules,
            default_value: row.default_value,
            conflict_policy: row.conflict_policy,
            is_active: row.is_active,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl MappingView {
    /// Its version, for the ETag.
    pub(super) fn version(&self) -> i32 {
        self.version
    }
}
