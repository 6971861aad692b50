//! `GET /api/geniacs/schedules`

use super::view::ScheduleView;
use crate::answer;
use crate::error::ApiError;
use crate::input::{Paging, Query};
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use storage::Connection;
use storage::starts::schedules::{self, Filter, Schedule};

/// A page of schedules, newest first.
pub(crate) async fn list_schedules(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let filter = Filter {
        integration_id: query.id("integration_id"),
        entity_type: query.name("entity_type"),
        is_active: query.flag("is_active"),
    };
    let paging = query.paging();
    query.finish()?;

    let (rows, total) = state.database.run(move |c| read_schedules(c, filter, paging).boxed()).await?;
    let items: Vec<ScheduleView> =
        rows.into_iter().map(|row| ScheduleView::new(row, &state.settings.schedules)).collect();
    Ok(answer::page("schedules", &items, paging, total))
}

pub(crate) fn describe_list_schedules() -> Operation {
    Operation::new("list_schedules", "Lists schedules, newest first", Answer::page::<ScheduleView>("schedules"))
        .query(Parameter::id("integration_id", "Only of this integration"))
        .query(Parameter::name::<names::EntityType>("entity_type", "Only of this kind of record"))
        .query(Parameter::flag("is_active", "Only those that are active, or only the others"))
        .paged()
}

async fn read_schedules(c: &mut Connection, filter: Filter, paging: Paging) -> Result<(Vec<Schedule>, i64), ApiError> {
    let rows = schedules::page(c, filter, paging.offset(), paging.limit).await?;
    Ok((rows, schedules::count(c, filter).await?))
}
