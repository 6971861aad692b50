//! What a request says of a mapping: all of it for a new one, some of it for an edit. Bodies are described by the same
//! functions that read them.

use super::body::{DefaultValue, Rules};
use super::view::MappingView;
use crate::answer;
use crate::error::ApiError;
use crate::input::field::{flag, id, name, of_type, text};
use crate::input::{Fields, described, described_change, rule};
use crate::openapi::{Described, names};
use domain::integration::ConflictPolicy;
use domain::{EntityType, FieldType, Reason};
use mapping::FieldMapping;
use serde_json::Value;
use storage::entities;
use storage::partners::mappings::{Mapping, NewMapping};

/// Reads and checks every field.
pub(super) fn read_new_mapping(mut body: Fields) -> Result<NewMapping, ApiError> {
    let integration_id = body.take("integration_id", id().required());
    let entity = body.take("entity_type", name::<names::EntityType, EntityType>().required());
    let mapping = read_mapping(&mut body, entity);
    let is_active = is_active(&mut body);

    let needed = integration_id.zip(entity).zip(mapping);
    body.finish(
        needed.map(|((integration_id, entity), mapping)| NewMapping::new(integration_id, entity, mapping, is_active)),
    )
}

/// Takes what a mapping says of itself; where it belongs is known already.
pub(super) fn read_mapping(body: &mut Fields, entity: Option<EntityType>) -> Option<FieldMapping> {
    let column = text(1, 255).required().about("A column of the entity's table.").like("email");
    let local_field = body.take("local_field", column);
    let geniacs_field = body.take("geniacs_field", text(1, 255).required().like("email_address"));
    let field_type = name::<names::FieldType, FieldType>().required().about("What the field holds at Geniacs.");
    let field_type = body.take("field_type", field_type);

    let required = flag().about("Whether a record without this field fails.");
    let default = of_type::<DefaultValue, _, _>(default_value)
        .about("Takes the place of an absent or null value. Numbers, true and false are kept as text.");
    let transformations =
        of_type::<Rules, _, _>(rule::any).about("What changes the value: an object, or a list that fixes the order.");
    let validations = of_type::<Rules, _, _>(rule::any)
        .about("What the changed value must satisfy: an object, or a list that fixes the order.");
    let policy = name::<names::ConflictPolicy, ConflictPolicy>().about("As the integration says unless given.");

    let rest = FieldMapping {
        is_required: body.take_or("is_required", required, false),
        default_value: body.take("default_value", default),
        transformation_rules: body.take("transformation_rules", transformations).unwrap_or_default(),
        validation_rules: body.take("validation_rules", validations).unwrap_or_default(),
        conflict_policy: body.take("conflict_policy", policy),
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
    mapping.filter(|_| field_type.is_some())
}

/// Takes whether a mapping is used.
pub(super) fn is_active(body: &mut Fields) -> bool {
    body.take_or("is_active", flag().changed_like(false), true)
}

/// What an edit makes of `current`: the fields that it gives, and the others as they are.
pub(super) fn read_mapping_change(body: Fields, current: &Mapping) -> Result<NewMapping, ApiError> {
    let current = answer::value(&MappingView::from(current.clone()));
    let mut body = body.over(current.clone());
    keep(&mut body, &current);
    read_new_mapping(body)
}

/// Refuses to move a mapping elsewhere.
fn keep(body: &mut Fields, current: &Value) {
    for name in ["integration_id", "entity_type"] {
        body.fixed(name, &current[name], "make another mapping");
    }
}

/// The body that makes a mapping.
pub(super) fn new_mapping() -> Described {
    described("NewMapping", "A new mapping.", |body| drop(read_new_mapping(body)))
}

/// The body that changes one.
pub(super) fn mapping_change() -> Described {
    described_change("MappingChange", "What of a mapping is to be changed.", |mut body| {
        keep(&mut body, &Value::Null);
        drop(read_new_mapping(body));
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
    for column in mapping::columns(mapping).filter(|column| !known(column)) {
        let own = column == mapping.local_field;
        let (field, named) = if own { ("local_field", "") } else { ("transformation_rules.concat", column) };
        let message = format!("{named} is not a column of {entity}; GET /api/geniacs/mappings/fields lists them");
        body.problem(field, Reason::new("unknown_column", message.trim_start()));
    }
}
