//! `GET /api/geniacs/mappings/fields`

use crate::answer;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter, names};
use actix_web::{HttpRequest, HttpResponse};
use domain::EntityType;
use serde_json::json;
use storage::entities::{self, ColumnType};
use utoipa::ToSchema;

/// The local columns of an entity with their types, for pickers.
pub(crate) async fn fields(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let entity: Option<EntityType> = query.name("entity_type");
    if entity.is_none() {
        query.missing("entity_type");
    }
    query.finish()?;
    let entity = entity.ok_or(ApiError::Internal("a missing parameter was not noticed"))?;
    let fields: Vec<_> = entities::descriptor(entity)
        .columns
        .iter()
        .map(|column| json!({"name": column.name, "type": type_name(column.column_type)}))
        .collect();
    Ok(answer::data(json!({"entity_type": entity, "fields": fields})))
}

pub(crate) fn operation() -> Operation {
    Operation::new("list_local_fields", "Lists the local columns of an entity", Answer::data::<FieldsView>())
        .query(Parameter::name::<names::EntityType>("entity_type", "Of which kind of record").required())
}

/// The columns of an entity.
#[derive(ToSchema)]
#[schema(as = LocalFields)]
#[expect(dead_code, reason = "it describes what is put together as JSON")]
struct FieldsView {
    #[schema(value_type = names::EntityType)]
    entity_type: String,
    fields: Vec<FieldView>,
}

/// A column.
#[derive(ToSchema)]
#[schema(as = LocalField)]
#[expect(dead_code, reason = "it describes what is put together as JSON")]
struct FieldView {
    #[schema(example = "email")]
    name: String,
    #[schema(value_type = names::ColumnType)]
    r#type: String,
}

const fn type_name(column_type: ColumnType) -> &'static str {
    match column_type {
        ColumnType::Text | ColumnType::Inet | ColumnType::Macaddr => "string",
        ColumnType::Numeric | ColumnType::Integer | ColumnType::Float => "number",
        ColumnType::Boolean => "boolean",
        ColumnType::Date => "date",
        ColumnType::Timestamp => "timestamp",
        ColumnType::Json => "json",
    }
}
