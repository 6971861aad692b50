//! `GET /api/geniacs/records/{entity_type}/{id}/timeline`

use super::{WHAT, entity_of_path};
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use serde::Serialize;
use serde_json::{Value, json};
use storage::records::history::{self, HistoryRow, Stretch};
use utoipa::ToSchema;

/// A line of a timeline as callers see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimelineEntry)]
struct LineView {
    id: i64,
    at: DateTime<Utc>,
    integration_id: i64,
    geniacs_id: Option<String>,
    #[schema(value_type = names::SyncDirection)]
    direction: String,
    #[schema(value_type = names::RecordAction)]
    action: String,
    /// By field: what it held and what it holds; empty where nothing is told apart.
    #[schema(value_type = Object, example = json!({"name": {"old": "Siti", "new": "Siti Rahayu"}}))]
    changes: Value,
    reason: Option<String>,
    cause: CauseView,
}

/// Why it happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimelineCause)]
struct CauseView {
    #[schema(value_type = names::RecordCause)]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sync_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<names::SyncType>)]
    sync_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    event_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    event_type: Option<String>,
}

impl From<HistoryRow> for LineView {
    fn from(row: HistoryRow) -> Self {
        Self {
            id: row.id,
            at: row.created_at,
            integration_id: row.integration_id,
            geniacs_id: row.geniacs_id,
            direction: row.direction,
            action: row.action,
            changes: row.changes.unwrap_or_else(|| json!({})),
            reason: row.reason,
            cause: CauseView {
                kind: row.cause,
                sync_id: row.sync_id,
                sync_type: row.sync_type,
                event_id: row.webhook_event_id,
                event_type: row.event_type,
            },
        }
    }
}

/// What happened to a record, newest first, with why; also of one that is no longer here.
pub(crate) async fn get_record_timeline(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let (entity, id) = (entity_of_path(&request)?, input::id(&request, WHAT)?);
    let mut query = Query::of(&request);
    let limit = query.limit();
    let stretch = Stretch { integration_id: query.id("integration_id"), place: query.place_by_id(), limit: limit + 1 };
    query.finish()?;

    let database = &state.database;
    let rows =
        database.run(move |c| async move { Ok(history::timeline(c, entity, id, &stretch).await?) }.boxed()).await?;

    Ok(answer::stretch(
        "timeline",
        rows,
        (&stretch.place, limit),
        |row: &HistoryRow| row.id.to_string(),
        LineView::from,
    ))
}

pub(crate) fn describe_get_record_timeline() -> Operation {
    let answer = Answer::stretch::<LineView>("timeline");
    Operation::new("get_record_timeline", "Tells what has happened to a record, newest first", answer)
        .about("Also of a record that is no longer here.")
        .query(Parameter::id("integration_id", "Only with this integration"))
        .stretched()
}
