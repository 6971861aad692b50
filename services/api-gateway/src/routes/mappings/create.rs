//! `POST /api/geniacs/mappings`

use super::defaults::row;
use super::view::MappingView;
use crate::access::Caller;
use crate::answer;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::{Fields, JsonBody, rule};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::Data;
use domain::{EntityType, FieldType};
use futures_util::FutureExt as _;
use mapping::FieldMapping;
use serde_json::{Value, json};
use storage::mappings::{self, NewMapping};
use storage::{Connection, entities, integrations};

/// Makes a field mapping.
pub(crate) async fn create(
    state: Data<State>,
    caller: Caller,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let new = read(body)?;
    let made = state.database.transaction(move |c| insert(c, caller, new).boxed()).await?;
    Ok(answer::created("Field mapping created successfully", json!({"mapping": made})))
}

fn read(mut body: Fields) -> Result<NewMapping, ApiError> {
    let integration_id = body.required("integration_id", rule::id);
    let entity = body.required("entity_type", rule::name::<EntityType>);
    let local_field = body.required("local_field", rule::text(1, 255));
    let geniacs_field = body.required("geniacs_field", rule::text(1, 255));
    let field_type = body.required("field_type", rule::name::<FieldType>);
    let is_active = body.optional("is_active", rule::flag).unwrap_or(true);
    let rest = FieldMapping {
        is_required: body.optional("is_required", rule::flag).unwrap_or_default(),
        default_value: body.optional("default_value", default_value),
        transformation_rules: body.optional("transformation_rules", |rules| Ok(rules.clone())).unwrap_or_default(),
        validation_rules: body.optional("validation_rules", |rules| Ok(rules.clone())).unwrap_or_default(),
        ..FieldMapping::new("", "", field_type.unwrap_or(FieldType::String))
    };
    let mapping = local_field.zip(geniacs_field).map(|(local_field, geniacs_field)| FieldMapping {
        local_field,
        geniacs_field,
        ..rest
    });
    if let Some((entity, mapping)) = entity.zip(mapping.as_ref()) {
        if field_type.is_some() {
            body.problems(mapping::check(entity, mapping));
        }
        check_columns(&mut body, entity, mapping);
    }
    let needed = integration_id.zip(entity).zip(mapping).filter(|_| field_type.is_some());
    body.finish(needed.map(|((integration_id, entity), mapping)| row(integration_id, entity, mapping, is_active)))
}

/// A default is written as text, whatever the field's type.
fn default_value(value: &Value) -> Result<String, String> {
    match value {
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        other => rule::text(0, 255)(other),
    }
}

fn check_columns(body: &mut Fields, entity: EntityType, mapping: &FieldMapping) {
    let known = |column: &str| entities::descriptor(entity).column(column).is_some();
    for column in mapping.columns().filter(|column| !known(column)) {
        let own = column == mapping.local_field;
        let (field, named) = if own { ("local_field", "") } else { ("transformation_rules.concat", column) };
        let message = format!("{named} is not a column of {entity}; GET /api/geniacs/mappings/fields lists them");
        body.problem(field, message.trim_start());
    }
}

async fn insert(connection: &mut Connection, caller: Caller, new: NewMapping) -> Result<MappingView, ApiError> {
    integrations::lock(connection, new.integration_id).await?.ok_or(ApiError::NotFound("integration"))?;
    let made = mappings::insert(connection, vec![new]).await?.pop().ok_or(storage::Error::NotFound)?;
    let id = made.id;
    let view = MappingView::from(made);
    let after = Some(answer::value(&view));
    let change = Change { action: "mapping.created", subject_type: "mapping", subject_id: id, before: None, after };
    audit::record(connection, &caller, change).await?;
    Ok(view)
}
