//! `GET /api/geniacs/mappings/fields`

use crate::answer;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use domain::EntityType;
use futures_util::FutureExt as _;
use serde::Serialize;
use serde_json::Value;
use storage::Connection;
use storage::entities::{self, ColumnType};
use storage::partners::fields_seen::{self, SeenField};
use storage::partners::integrations;
use storage::partners::mappings::{self, Mapping};
use utoipa::ToSchema;

/// The local columns of an entity with their types, and the fields that Geniacs was seen to have, for pickers.
pub(crate) async fn list_local_fields(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let entity: Option<EntityType> = query.name("entity_type");
    if entity.is_none() {
        query.missing("entity_type");
    }
    let integration_id = query.id("integration_id");
    query.finish()?;
    let entity = entity.ok_or(ApiError::Internal("a missing parameter was not noticed"))?;

    let geniacs_fields = match integration_id {
        Some(id) => state.database.run(move |c| seen_fields(c, id, entity).boxed()).await?,
        None => Vec::new(),
    };

    let local = |column: &entities::Column| FieldView { name: column.name, r#type: type_name(column.column_type) };
    let fields = entities::descriptor(entity).columns.iter().map(local).collect();
    Ok(answer::data(FieldsView { entity_type: entity, fields, geniacs_fields }))
}

pub(crate) fn describe_list_local_fields() -> Operation {
    let answer = Answer::data::<FieldsView>();
    Operation::new("list_local_fields", "Lists the fields of an entity that mappings may name", answer)
        .about(
            "With `integration_id` also the fields that records of this partner were seen to have, in listings and in the saved \
                mappings. Values are masked as in logs. 404 where there is no such integration.",
        )
        .query(Parameter::name::<names::EntityType>("entity_type", "Of which kind of record").required())
        .query(Parameter::id("integration_id", "Of which partner"))
        .missing()
}

/// The fields of an entity on both sides.
#[derive(Serialize, ToSchema)]
#[schema(as = LocalFields)]
struct FieldsView {
    #[schema(value_type = names::EntityType)]
    entity_type: EntityType,
    /// The local columns.
    fields: Vec<FieldView>,
    /// Fields of the partner by name; empty without `integration_id`.
    geniacs_fields: Vec<GeniacsFieldView>,
}

/// A column.
#[derive(Serialize, ToSchema)]
#[schema(as = LocalField)]
struct FieldView {
    #[schema(example = "email")]
    name: &'static str,
    #[schema(value_type = names::ColumnType)]
    r#type: &'static str,
}

/// A field of the partner.
#[derive(Serialize, ToSchema)]
#[schema(as = GeniacsField)]
struct GeniacsFieldView {
    #[schema(example = "customer_status")]
    name: String,
    /// What it was seen to hold; empty where it was not seen yet.
    #[schema(value_type = Vec<names::JsonType>)]
    types: Value,
    /// A few of its values, masked as in logs.
    #[schema(value_type = Vec<Value>, example = json!(["active", "suspended"]))]
    values: Value,
    /// The column that an active mapping gives it; null where there is none.
    local_field: Option<String>,
    first_seen_at: Option<DateTime<Utc>>,
    last_seen_at: Option<DateTime<Utc>>,
}

async fn seen_fields(
    c: &mut Connection,
    integration_id: i64,
    entity: EntityType,
) -> Result<Vec<GeniacsFieldView>, ApiError> {
    integrations::find(c, integration_id).await?.ok_or(ApiError::NotFound("integration"))?;
    let active = mappings::active_for(c, integration_id, entity).await?;
    let seen = fields_seen::list(c, integration_id, entity).await?;

    // Fields that are mapped belong to the list, although no record has shown them yet.
    let unseen = active.iter().filter(|mapping| seen.iter().all(|field| field.name != mapping.geniacs_field));
    let mut fields: Vec<GeniacsFieldView> = unseen.map(GeniacsFieldView::unseen).collect();
    fields.extend(seen.into_iter().map(|field| GeniacsFieldView::of(field, &active)));
    fields.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(fields)
}

impl GeniacsFieldView {
    fn unseen(mapping: &Mapping) -> Self {
        Self {
            name: mapping.geniacs_field.clone(),
            types: Value::Array(Vec::new()),
            values: Value::Array(Vec::new()),
            local_field: Some(mapping.local_field.clone()),
            first_seen_at: None,
            last_seen_at: None,
        }
    }

    fn of(field: SeenField, active: &[Mapping]) -> Self {
        let mapping = active.iter().find(|mapping| mapping.geniacs_field == field.name);
        Self {
            local_field: mapping.map(|mapping| mapping.local_field.clone()),
            name: field.name,
            types: field.types,
            values: field.sample_values,
            first_seen_at: Some(field.first_seen_at),
            last_seen_at: Some(field.last_seen_at),
        }
    }
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
