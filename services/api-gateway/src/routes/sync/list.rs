//! `GET /api/geniacs/syncs`

use super::view::StatusView;
use crate::answer;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use storage::listing::Cursor;
use storage::syncs::{self, Filter, SyncRow};

/// A stretch of syncs, newest first.
pub(crate) async fn list(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let filter = Filter {
        window: query.window(),
        entity_type: query.name("entity_type"),
        sync_type: query.name("sync_type"),
        sync_direction: query.name("sync_direction"),
        kind: query.name("kind"),
        schedule_id: query.id("schedule_id"),
        statuses: query.names("status"),
    };
    query.finish()?;
    let limit = filter.window.limit - 1;
    let rows = state.database.run(move |c| async move { Ok(syncs::list(c, &filter).await?) }.boxed()).await?;
    let cursor = |row: &SyncRow| Cursor { at: row.created_at, id: row.id }.to_string();
    Ok(answer::stretch("syncs", rows, limit, cursor, StatusView::listed))
}

pub(crate) fn operation() -> Operation {
    Operation::new("list_syncs", "Lists syncs, newest first", Answer::stretch::<StatusView>("syncs"))
        .window()
        .query(Parameter::name::<names::EntityType>("entity_type", "Only of this kind of record"))
        .query(Parameter::name::<names::SyncType>("sync_type", "Only of this type"))
        .query(Parameter::names::<names::SyncStatus>("status", "Only those in one of these states"))
        .query(Parameter::name::<names::SyncDirection>("sync_direction", "Only in this direction"))
        .query(Parameter::name::<names::SyncKind>("kind", "Only of this kind"))
        .query(Parameter::id("schedule_id", "Only of this schedule, its runs by hand included"))
}
