//! `POST /api/geniacs/mappings/preview`: what mappings that nobody has saved would make of a record.

mod asked;
mod steps;

use super::body::PreviewBody;
use crate::answer;
use crate::error::ApiError;
use crate::input::JsonBody;
use crate::openapi::{Answer, Operation, names};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::Data;
use asked::{Asked, Source};
use domain::EntityType;
use futures_util::FutureExt as _;
use mapping::{Context, FieldMapping, Plan, References};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use steps::FieldView;
use storage::syncs::RunSettings;
use storage::{Connection, entities, integrations, mappings, records, references};
use utoipa::ToSchema;

/// What a push would send for a record.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MappingPreview)]
struct PreviewView {
    #[schema(value_type = names::EntityType)]
    entity_type: EntityType,
    /// None for a sample.
    record_id: Option<i64>,
    /// The columns that the mappings read.
    #[schema(value_type = Object, example = json!({"email": " Siti@Example.com "}))]
    record: Map<String, Value>,
    /// The Geniacs fields.
    #[schema(value_type = Object, example = json!({"email_address": "siti@example.com"}))]
    result: Map<String, Value>,
    /// Whether it would be sent: no required field failed.
    valid: bool,
    fields: Vec<FieldView>,
}

/// Applies mappings to a sample or to a record, and tells what each rule does. Nothing is changed.
pub(crate) async fn preview(state: Data<State>, JsonBody(body): JsonBody) -> Result<HttpResponse, ApiError> {
    // Reading rules may take seconds of a processor's time, and so may applying them: neither happens on the threads that
    // serve everyone, nor while a connection is held.
    let database = &state.database;
    let Asked { integration_id, entity, mappings, source } = database.compute(move || Asked::read(body)).await?;

    let defaults = state.run_defaults();
    let known = database.run(move |c| know(c, integration_id, entity, mappings, defaults).boxed()).await?;
    let compiled = move || {
        let plan = Plan::compile(entity, &known.mappings, &known.context).map_err(ApiError::Invalid)?;
        Ok((plan, known.mappings))
    };
    let (plan, mappings) = database.compute(compiled).await?;

    let plan = Arc::new(plan);
    let (reading, named) = (plan.clone(), source);
    let (record_id, record, references) =
        database.run(move |c| read_source(c, integration_id, entity, reading, named).boxed()).await?;
    let view = move || Ok(show(entity, &mappings, &plan, record_id, record, &references));
    Ok(answer::data(json!({"preview": database.compute(view).await?})))
}

pub(crate) fn operation() -> Operation {
    Operation::new("preview_mappings", "Tries mappings on a record", Answer::one::<PreviewView>("preview"))
        .about("Tells what each rule makes of each value. Nothing is changed. 404 where there is no such integration or record.")
        .body_like::<PreviewBody>(json!({
            "integration_id": 1,
            "entity_type": "customers",
            "mappings": [{
                "local_field": "email",
                "geniacs_field": "email_address",
                "field_type": "string",
                "transformation_rules": {"trim": true, "lowercase": true},
                "validation_rules": {"email": true},
            }],
            "sample": {"email": " Siti@Example.com "},
        }))
        .missing()
}

/// What a preview needs of its integration.
struct Known {
    mappings: Vec<FieldMapping>,
    context: Context,
}

async fn know(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    mappings: Option<Vec<FieldMapping>>,
    defaults: RunSettings,
) -> Result<Known, ApiError> {
    let integration = integrations::find(connection, integration_id).await?.ok_or(ApiError::NotFound("integration"))?;
    let context = context(&integration.run_settings(entity, defaults, None));
    let mappings = match mappings {
        Some(mappings) => mappings,
        None => active(connection, integration_id, entity).await?,
    };
    Ok(Known { mappings, context })
}

/// The record, with its id unless it is a sample, and what it refers to.
async fn read_source(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    plan: Arc<Plan>,
    source: Source,
) -> Result<(Option<i64>, Map<String, Value>, References), ApiError> {
    let (record_id, record) = match source {
        Source::Sample(sample) => (None, sample),
        Source::Record(id) => (Some(id), read(connection, integration_id, entity, &plan, id).await?),
    };
    let references = resolve(connection, integration_id, &plan, &record).await?;
    Ok((record_id, record, references))
}

fn show(
    entity: EntityType,
    mappings: &[FieldMapping],
    plan: &Plan,
    record_id: Option<i64>,
    record: Map<String, Value>,
    references: &References,
) -> PreviewView {
    let pushed = plan.push(&record, references);
    let traces = plan.trace(mappings, &record, references);
    let fields = mappings.iter().zip(traces).map(|(mapping, trace)| FieldView::of(mapping, trace, &record)).collect();
    let valid = pushed.errors.is_empty();
    PreviewView { entity_type: entity, record_id, result: pushed.fields, valid, fields, record }
}

/// What the rules need to know of an integration.
pub(crate) fn context(settings: &RunSettings) -> Context {
    Context {
        default_region: settings.default_region.parse().unwrap_or_default(),
        default_time_zone: settings.default_time_zone.as_ref().and_then(|zone| zone.parse().ok()),
    }
}

/// Compiles mappings within work on the database: not on the threads that serve everyone, whatever the rules are.
pub(crate) async fn compile(
    entity: EntityType,
    mappings: Vec<FieldMapping>,
    context: Context,
) -> Result<Plan, ApiError> {
    let compiling = tokio::task::spawn_blocking(move || Plan::compile(entity, &mappings, &context));
    compiling.await.map_err(|_| ApiError::Panicked)?.map_err(ApiError::Invalid)
}

/// The mappings that a run would use now.
pub(crate) async fn active(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
) -> Result<Vec<FieldMapping>, ApiError> {
    let rows = mappings::active_for(connection, integration_id, entity).await?;
    let mapping = |row: mappings::Mapping| FieldMapping {
        local_field: row.local_field,
        geniacs_field: row.geniacs_field,
        field_type: row.field_type,
        is_required: row.is_required,
        default_value: row.default_value,
        transformation_rules: row.transformation_rules.unwrap_or_default(),
        validation_rules: row.validation_rules.unwrap_or_default(),
        conflict_policy: row.conflict_policy,
    };
    Ok(rows.into_iter().map(mapping).collect())
}

async fn read(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    plan: &Plan,
    id: i64,
) -> Result<Map<String, Value>, ApiError> {
    let descriptor = entities::descriptor(entity);
    let found = records::read_named(connection, descriptor, plan.local_fields(), integration_id, &[id]).await?;
    let found = found.into_iter().next().ok_or(ApiError::NotFound("record"))?;
    domain::json::from_str(&found.fields).map_err(|_| ApiError::Internal("a record of the database cannot be read"))
}

async fn resolve(
    connection: &mut Connection,
    integration_id: i64,
    plan: &Plan,
    record: &Map<String, Value>,
) -> Result<References, ApiError> {
    let wanted: Vec<(EntityType, i64)> = plan.local_references(record).collect();
    let mut known = References::default();
    for link in references::find(connection, integration_id, &wanted, &[]).await? {
        known.insert(link.entity, link.local_id, &link.geniacs_id);
    }
    Ok(known)
}
