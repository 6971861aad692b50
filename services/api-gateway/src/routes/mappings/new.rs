//! What a request says of a mapping: all of it for a new one, some of it for an edit.

use super::defaults::row;
use crate::error::ApiError;
use crate::input::{Fields, rule};
use domain::integration::ConflictPolicy;
use domain::{EntityType, FieldType, Reason};
use mapping::FieldMapping;
use serde_json::{Value, json};
use storage::entities;
use storage::partners::mappings::{Mapping, NewMapping};

/// Reads and checks every field.
pub(super) fn read(mut body: Fields) -> Result<NewMapping, ApiError> {
    let integration_id = body.required("integration_id", rule::id);
    let entity = body.required("entity_type", rule::name::<EntityType>);
    let read = read_mapping(&mut body, entity);
    let needed = integration_id.zip(entity).zip(read);
    body.finish(
        needed.map(|((integration_id, entity), (mapping, is_active))| row(integration_id, entity, mapping, is_active)),
    )
}

/// Takes what a mapping says of itself, and whether it is used; where it belongs is known already.
pub(super) fn read_mapping(body: &mut Fields, entity: Option<EntityType>) -> Option<(FieldMapping, bool)> {
    let local_field = body.required("local_field", rule::text(1, 255));
    let geniacs_field = body.required("geniacs_field", rule::text(1, 255));
    let field_type = body.required("field_type", rule::name::<FieldType>);
    let is_active = body.optional("is_active", rule::flag).unwrap_or(true);
    let rest = FieldMapping {
        is_required: body.optional("is_required", rule::flag).unwrap_or_default(),
        default_value: body.optional("default_value", default_value),
        transformation_rules: body.optional("transformation_rules", rule::any).unwrap_or_default(),
        validation_rules: body.optional("validation_rules", rule::any).unwrap_or_default(),
        conflict_policy: body.optional("conflict_policy", rule::name::<ConflictPolicy>),
        ..FieldMapping::new("", "", field_type.unwrap_or(FieldType::String))
    };
    let mapping = local_field.zip(geniacs_field).map(|(local_field, geniacs_field)| FieldMapping {
        local_field,
        geniacs_field,
        ..rest
    });
    if let Some((entity, mapping)) = entity.zip(mapping.as_ref()) {
        if field_type.is_some() {
            body.problems_within(mapping::check(entity, mapping));
        }
        check_columns(body, entity, mapping);
    }
    mapping.filter(|_| field_type.is_some()).map(|mapping| (mapping, is_active))
}

/// What an edit makes of `current`: the fields that it gives, and the others as they are.
pub(super) fn edit(body: Fields, current: &Mapping) -> Result<NewMapping, ApiError> {
    let mut body = body.over(fields_of(current));
    body.fixed("integration_id", &json!(current.integration_id), "make another mapping");
    body.fixed("entity_type", &json!(current.entity_type), "make another mapping");
    read(body)
}

/// What a mapping says of itself, as a request would.
fn fields_of(mapping: &Mapping) -> Value {
    json!({
        "integration_id": mapping.integration_id,
        "entity_type": mapping.entity_type,
        "local_field": mapping.local_field,
        "geniacs_field": mapping.geniacs_field,
        "field_type": mapping.field_type,
        "is_required": mapping.is_required,
        "transformation_rules": mapping.transformation_rules,
        "validation_rules": mapping.validation_rules,
        "default_value": mapping.default_value,
        "conflict_policy": mapping.conflict_policy,
        "is_active": mapping.is_active,
    })
}

/// A default is written as text, whatever the field's type.
pub(super) fn default_value(value: &Value) -> Result<String, Reason> {
    match value {
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        other => rule::text(0, 255)(other),
    }
}

pub(super) fn check_columns(body: &mut Fields, entity: EntityType, mapping: &FieldMapping) {
    let known = |column: &str| entities::descriptor(entity).column(column).is_some();
    for column in mapping.columns().filter(|column| !known(column)) {
        let own = column == mapping.local_field;
        let (field, named) = if own { ("local_field", "") } else { ("transformation_rules.concat", column) };
        let message = format!("{named} is not a column of {entity}; GET /api/geniacs/mappings/fields lists them");
        body.problem(field, Reason::new("unknown_column", message.trim_start()));
    }
}
