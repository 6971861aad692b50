//! `GET /api/geniacs/syncs`

use super::view::StatusView;
use crate::error::ApiError;
use crate::input::{JsonBody, Query};
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::routes::{counted, listed};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use storage::listing::Window;
use storage::runs::syncs::Filter;
use utoipa::ToSchema;

/// A stretch of syncs, newest first.
pub(crate) async fn list_syncs(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    listed::answer_stretch(&state, &request, "syncs", read_sync_filter, StatusView::listed).await
}

/// How many of them a filter lets through, and the newest.
pub(crate) async fn count_syncs(state: Data<State>, JsonBody(body): JsonBody) -> Result<HttpResponse, ApiError> {
    counted::answer_count(&state, body, read_sync_filter, StatusView::listed).await
}

pub(in crate::routes) fn read_sync_filter(query: &mut Query, window: Window) -> Filter {
    Filter {
        window,
        entity_type: query.name("entity_type"),
        sync_type: query.name("sync_type"),
        sync_direction: query.name("sync_direction"),
        kind: query.name("kind"),
        schedule_id: query.id("schedule_id"),
        statuses: query.names("status"),
    }
}

pub(crate) fn describe_list_syncs() -> Operation {
    Operation::new("list_syncs", "Lists syncs, newest first", Answer::stretch::<StatusView>("syncs"))
        .window()
        .query(Parameter::name::<names::EntityType>("entity_type", "Only of this kind of record"))
        .query(Parameter::name::<names::SyncType>("sync_type", "Only of this type"))
        .query(Parameter::names::<names::SyncStatus>("status", "Only those in one of these states"))
        .query(Parameter::name::<names::SyncDirection>("sync_direction", "Only in this direction"))
        .query(Parameter::name::<names::SyncKind>("kind", "Only of this kind"))
        .query(Parameter::id("schedule_id", "Only of this schedule, its runs by hand included"))
}

pub(crate) fn describe_count_syncs() -> Operation {
    counted::describe_count::<CountBody, StatusView>("count_syncs", "Counts the syncs that a filter lets through")
}

/// Which syncs are counted.
#[derive(ToSchema)]
#[schema(as = SyncCountRequest)]
#[expect(dead_code, reason = "it is read as a query is; this type says what it may hold")]
struct CountBody {
    filter: Option<ListFilter>,
}

#[derive(ToSchema)]
#[schema(as = SyncListFilter)]
#[expect(dead_code, reason = "it is read as a query is; this type says what it may hold")]
pub(in crate::routes) struct ListFilter {
    integration_id: Option<i64>,
    /// Only what is not older.
    from: Option<DateTime<Utc>>,
    /// Only what is not newer.
    to: Option<DateTime<Utc>>,
    #[schema(value_type = Option<names::EntityType>)]
    entity_type: Option<String>,
    #[schema(value_type = Option<names::SyncType>)]
    sync_type: Option<String>,
    #[schema(value_type = Option<Vec<names::SyncStatus>>)]
    status: Option<Vec<String>>,
    #[schema(value_type = Option<names::SyncDirection>)]
    sync_direction: Option<String>,
    #[schema(value_type = Option<names::SyncKind>)]
    kind: Option<String>,
    schedule_id: Option<i64>,
}
