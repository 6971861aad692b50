//! `PUT /api/geniacs/mappings`

use super::set::{self, WantedMapping};
use super::view::MappingView;
use crate::access::Caller;
use crate::answer;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::{IfMatch, JsonBody, Query};
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use domain::EntityType;
use domain::Reason;
use domain::integration::Invalid;
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use storage::Connection;
use storage::partners::integrations;
use storage::partners::mappings::{self, Mapping, NewMapping};

/// Gives an entity exactly these mappings: all of them are saved, or none.
pub(crate) async fn save_mappings(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let (integration_id, entity) = (query.id("integration_id"), query.name::<EntityType>("entity_type"));
    let needed = query.both(("integration_id", integration_id), ("entity_type", entity));
    query.finish()?;
    let (integration_id, entity) = needed.ok_or(ApiError::Internal("a missing parameter was not noticed"))?;
    let version = IfMatch::of(&request)?;

    // Rules are compiled to be checked, which takes a processor's time.
    let wanted = state.database.compute(move || set::read_mapping_set(body, integration_id, entity)).await?;
    let save = SetSave { integration_id, entity, version, caller };
    let saved = state.database.transaction(move |c| save.run(c, wanted).boxed()).await?;

    let version = set::set_version(&saved);
    let views: Vec<MappingView> = saved.into_iter().map(MappingView::from).collect();
    Ok(answer::tagged(answer::done("Field mappings saved successfully", json!({"mappings": views})), version))
}

pub(crate) fn describe_save_mappings() -> Operation {
    let answer = Answer::all::<MappingView>("mappings").says("Field mappings saved successfully").tagged();
    Operation::new("save_mappings", "Gives an entity exactly these field mappings", answer)
        .about(
            "What has an `id` takes the place of that mapping, what has none is made, and every other mapping of the entity \
                is deleted: all of it, or nothing. `If-Match` is the `ETag` that the list of the entity's mappings or an \
                earlier save gave. 404 where there is no such integration.",
        )
        .query(Parameter::id("integration_id", "Of this integration").required())
        .query(Parameter::name::<names::EntityType>("entity_type", "Of this kind of record").required())
        .body_of_like(set::mapping_set(), json!({"mappings": [{
            "local_field": "email",
            "geniacs_field": "email_address",
            "field_type": "string",
            "is_required": true,
            "transformation_rules": {"trim": true, "lowercase": true},
            "validation_rules": {"email": true},
        }]}))
        .if_match()
        .missing()
}

struct SetSave {
    integration_id: i64,
    entity: EntityType,
    version: IfMatch,
    caller: Caller,
}

/// What has to be done to a set so that it becomes another.
#[derive(Default)]
struct SetSteps {
    deleted: Vec<Mapping>,
    /// As they are, and as they are to be.
    updated: Vec<(Mapping, NewMapping)>,
    created: Vec<NewMapping>,
}

impl SetSave {
    async fn run(self, connection: &mut Connection, wanted: Vec<WantedMapping>) -> Result<Vec<Mapping>, ApiError> {
        // Every change of a mapping locks its integration: the set stays as it is read here.
        integrations::lock(connection, self.integration_id).await?.ok_or(ApiError::NotFound("integration"))?;
        let current = mappings::all_of(connection, self.integration_id, self.entity).await?;
        self.version.check(set::set_version(&current))?;

        let steps = steps(current, wanted)?;
        let gone: Vec<i64> = steps.deleted.iter().map(|mapping| mapping.id).collect();
        let changed: Vec<i64> = steps.updated.iter().map(|(mapping, _)| mapping.id).collect();
        mappings::delete_all(connection, &gone).await?;
        // Two mappings may swap their fields: each field is free before it is given anew.
        mappings::set_aside(connection, &changed).await?;

        let before = steps.updated.iter().map(|(mapping, _)| mapping).chain(&steps.deleted).cloned();
        let before: Vec<MappingView> = before.map(MappingView::from).collect();
        let updated = steps.updated.into_iter().map(|(mapping, new)| (mapping.id, new)).collect();
        let mut after = mappings::update_all(connection, updated).await?;
        after.extend(mappings::insert(connection, steps.created).await?);

        let after: Vec<MappingView> = after.into_iter().map(MappingView::from).collect();
        self.record(connection, &before, &after).await?;
        Ok(mappings::all_of(connection, self.integration_id, self.entity).await?)
    }

    async fn record(
        &self,
        connection: &mut Connection,
        before: &[MappingView],
        after: &[MappingView],
    ) -> Result<(), ApiError> {
        let told = |mappings: &[MappingView]| -> Option<Value> {
            Some(json!({"entity_type": self.entity, "mappings": mappings}))
        };
        let change = Change {
            action: "mappings.saved",
            subject_type: "integration",
            subject_id: self.integration_id,
            before: told(before),
            after: told(after),
        };
        audit::record_change(connection, &self.caller, change).await
    }
}

fn steps(current: Vec<Mapping>, wanted: Vec<WantedMapping>) -> Result<SetSteps, ApiError> {
    let mut steps = SetSteps::default();
    let mut left: std::collections::HashMap<i64, Mapping> = current.into_iter().map(|m| (m.id, m)).collect();
    let mut problems = Vec::new();

    for (position, WantedMapping { id, mapping }) in wanted.into_iter().enumerate() {
        match id.map(|id| left.remove(&id)) {
            None => steps.created.push(mapping),
            Some(Some(there)) if NewMapping::from(there.clone()) == mapping => {}
            Some(Some(there)) => steps.updated.push((there, mapping)),
            Some(None) => problems.push(Invalid::new(
                format!("mappings[{position}].id"),
                Reason::new(
                    "unknown_mapping",
                    "is no mapping of this entity and integration; leave the id out to make one",
                ),
            )),
        }
    }

    steps.deleted = left.into_values().collect();
    steps.deleted.sort_by_key(|mapping| mapping.id);
    if problems.is_empty() { Ok(steps) } else { Err(ApiError::Invalid(problems)) }
}
