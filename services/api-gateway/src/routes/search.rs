//! `GET /api/geniacs/search?q=`

use crate::answer;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::routes::sync::StatusView;
use crate::routes::webhook_events::EventView;
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use domain::EntityType;
use futures_util::FutureExt as _;
use serde::Serialize;
use serde_json::json;
use storage::listing::{List as _, Window};
use storage::partners::integrations::{self, Integration};
use storage::records::{self, FoundRecord};
use storage::runs::syncs;
use storage::webhooks::webhook_events;
use storage::{Connection, entities};
use utoipa::ToSchema;

/// Longer than any id.
const MAX_TEXT: usize = 255;
/// How many hits of each kind are shown; for records, of each entity.
const MOST: i64 = 5;

/// What was found, by kind.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchResults)]
struct ResultsView {
    records: Vec<RecordHit>,
    syncs: Vec<StatusView>,
    webhook_events: Vec<EventView>,
    integrations: Vec<IntegrationHit>,
}

/// A record that was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordHit)]
struct RecordHit {
    #[schema(value_type = names::EntityType)]
    entity_type: EntityType,
    id: i64,
    name: Option<String>,
    geniacs_id: Option<String>,
}

/// An integration that was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IntegrationHit)]
struct IntegrationHit {
    id: i64,
    #[schema(example = "Geniacs")]
    name: String,
}

/// Looks for records, syncs, webhook events and integrations.
pub(crate) async fn search_by_text(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let text = query.bounded_text("q", MAX_TEXT);
    if text.is_none() {
        query.missing("q");
    }
    query.finish()?;

    let text = text.unwrap_or_default().trim().to_owned();
    let results = state.database.run(move |c| async move { find_all_kinds(c, &text).await }.boxed()).await?;
    Ok(answer::data(json!({"results": results})))
}

pub(crate) fn describe_search_by_text() -> Operation {
    let about = "Records whose name, number, code or id on either side begins with it; syncs and events with \
                 this number; events with this id, or about the record with this Geniacs id; integrations whose name holds it. \
                 Up to five of each kind, and of each kind of record.";
    Operation::new("search", "Looks for anything", Answer::one::<ResultsView>("results"))
        .about(about)
        .query(Parameter::text("q", "What to look for", MAX_TEXT).like("Siti").required())
}

async fn find_all_kinds(connection: &mut Connection, text: &str) -> Result<ResultsView, ApiError> {
    // Syncs and events are found by their whole number.
    let number = text.parse::<i64>().ok().filter(|number| *number > 0);
    Ok(ResultsView {
        records: find_records(connection, text).await?,
        syncs: match number {
            Some(id) => syncs::find(connection, id).await?.into_iter().map(StatusView::listed).collect(),
            None => Vec::new(),
        },
        webhook_events: find_events(connection, text, number).await?,
        integrations: find_integrations(connection, text).await?,
    })
}

async fn find_records(connection: &mut Connection, text: &str) -> Result<Vec<RecordHit>, ApiError> {
    let mut found = Vec::new();
    for entity in EntityType::ALL.iter().copied() {
        let hit = |record: FoundRecord| RecordHit {
            entity_type: entity,
            id: record.id,
            name: record.name,
            geniacs_id: record.geniacs_id,
        };
        let records = records::find_first(connection, entities::descriptor(entity), text, MOST).await?;
        found.extend(records.into_iter().map(hit));
    }
    Ok(found)
}

async fn find_events(connection: &mut Connection, text: &str, number: Option<i64>) -> Result<Vec<EventView>, ApiError> {
    let mut found = Vec::new();
    if let Some(id) = number {
        found.extend(webhook_events::find(connection, id).await?);
    }

    let all = webhook_events::Filter { window: Window { limit: MOST, ..Window::default() }, ..Default::default() };
    for filter in [
        webhook_events::Filter { event_id: Some(text.to_owned()), ..all.clone() },
        webhook_events::Filter { geniacs_id: Some(text.to_owned()), ..all },
    ] {
        let events = filter.load(connection).await?;
        let new: Vec<_> = events.into_iter().filter(|event| found.iter().all(|known| known.id != event.id)).collect();
        found.extend(new);
    }

    found.truncate(usize::try_from(MOST).unwrap_or(usize::MAX));
    Ok(found.into_iter().map(EventView::from).collect())
}

async fn find_integrations(connection: &mut Connection, text: &str) -> Result<Vec<IntegrationHit>, ApiError> {
    let hit = |integration: Integration| IntegrationHit { id: integration.id, name: integration.name };
    Ok(integrations::named(connection, text, MOST).await?.into_iter().map(hit).collect())
}
