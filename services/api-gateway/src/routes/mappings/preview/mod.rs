//! `POST /api/geniacs/mappings/preview`: what mappings that nobody has saved would make of records.

mod asked;
mod impact;
mod plans;
mod source;
mod steps;

use crate::answer;
use crate::error::ApiError;
use crate::input::JsonBody;
use crate::openapi::{Answer, Operation, names};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::Data;
use asked::{PreviewRequest, Way};
use domain::EntityType;
use futures_util::FutureExt as _;
use impact::{ImpactView, RecordView};
use mapping::{Context, FieldMapping, Plan};
use plans::{KnownMappings, Plans};
use serde::Serialize;
use serde_json::{Map, Value, json};
use source::FoundRecords;
use std::sync::Arc;
use steps::FieldView;
use storage::Connection;
use storage::partners::mappings;
use storage::runs::syncs::RunSettings;
use utoipa::ToSchema;

/// What a push would send for a record, or what a pull would store.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MappingPreview)]
struct PreviewView {
    #[schema(value_type = names::EntityType)]
    entity_type: EntityType,
    /// None for a record that was given.
    record_id: Option<i64>,
    /// The columns that the mappings read; on the way here Geniacs' fields.
    #[schema(value_type = Object, example = json!({"email": " Siti@Example.com "}))]
    record: Map<String, Value>,
    /// The Geniacs fields; on the way here the columns.
    #[schema(value_type = Object, example = json!({"email_address": "siti@example.com"}))]
    result: Map<String, Value>,
    /// Whether it would be sent, or stored: no required field failed.
    valid: bool,
    fields: Vec<FieldView>,
}

/// What a preview shows: one record rule by rule, and what saving would do to it and to others.
struct ShownPreview {
    preview: Option<PreviewView>,
    records: Vec<RecordView>,
    impact: ImpactView,
}

/// Applies mappings to a record that was given, or to some of the database, and tells what each rule does and what saving
/// them would change. Nothing is changed.
pub(crate) async fn preview_mappings(state: Data<State>, JsonBody(body): JsonBody) -> Result<HttpResponse, ApiError> {
    // Reading rules may take seconds of a processor's time, and so may applying them: neither happens on the threads that
    // serve everyone, nor while a connection is held.
    let database = &state.database;
    let asked = database.compute(move || PreviewRequest::read(body)).await?;
    let PreviewRequest { integration_id, entity, way, mappings, source } = asked;

    let defaults = state.run_defaults();
    let known =
        database.run(move |c| KnownMappings::read(c, integration_id, entity, mappings, defaults).boxed()).await?;
    let plans = Arc::new(database.compute(move || known.compile(entity, way)).await?);

    let reading = plans.clone();
    let found = database.run(move |c| FoundRecords::read(c, integration_id, reading, source).boxed()).await?;
    let shown = database.compute(move || Ok(show(&plans, found))).await?;
    Ok(answer::data(json!({"preview": shown.preview, "records": shown.records, "impact": shown.impact})))
}

pub(crate) fn describe_preview_mappings() -> Operation {
    let answer =
        Answer::one_or_none::<PreviewView>("preview").and_all::<RecordView>("records").and::<ImpactView>("impact");
    Operation::new("preview_mappings", "Tries mappings on records", answer)
        .about(
            "`preview` tells what each rule makes of each value of the first record, `records` and `impact` what saving the \
                mappings would change. On the way from Geniacs, records of the database are what Geniacs said last of them, as \
                far as its fields were mapped then. Nothing is changed. 404 where there is no such integration or record.",
        )
        .body_of_like(asked::preview_request(), json!({
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

fn show(plans: &Plans, found: FoundRecords) -> ShownPreview {
    let FoundRecords { records, references } = found;
    let impacts: Vec<RecordView> =
        records.iter().map(|(id, record)| RecordView::of(plans, *id, record, &references)).collect();
    let impact = ImpactView::of(&impacts);

    let first = records.into_iter().next();
    let preview = first.map(|(record_id, record)| {
        let mapped = plans.tried(&record, &references);
        let traces = match plans.way {
            Way::ToGeniacs => plans.tried.trace(&plans.mappings, &record, &references),
            Way::FromGeniacs => plans.tried.trace_pull(&plans.mappings, &record, &references),
        };
        let fields = plans.mappings.iter().zip(traces);
        let fields = fields.map(|(mapping, trace)| FieldView::of(mapping, plans.way, trace, &record)).collect();
        let valid = mapped.errors.is_empty();
        PreviewView { entity_type: plans.entity, record_id, result: mapped.fields, valid, fields, record }
    });
    ShownPreview { preview, records: impacts, impact }
}

/// What the rules need to know of an integration.
pub(crate) fn rule_context(settings: &RunSettings) -> Context {
    Context {
        default_region: settings.default_region.parse().unwrap_or_default(),
        default_time_zone: settings.default_time_zone.as_ref().and_then(|zone| zone.parse().ok()),
    }
}

/// Compiles mappings within work on the database: not on the threads that serve everyone, whatever the rules are.
pub(crate) async fn compile_mappings(
    entity: EntityType,
    mappings: Vec<FieldMapping>,
    context: Context,
) -> Result<Plan, ApiError> {
    let compiling = tokio::task::spawn_blocking(move || Plan::compile(entity, &mappings, &context));
    compiling.await.map_err(|_| ApiError::Panicked)?.map_err(ApiError::Invalid)
}

/// The mappings that a run would use now.
pub(crate) async fn active_mappings(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
) -> Result<Vec<FieldMapping>, ApiError> {
    let rows = mappings::active_for(connection, integration_id, entity).await?;
    Ok(rows.into_iter().map(FieldMapping::from).collect())
}
