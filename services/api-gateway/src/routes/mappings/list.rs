//! `GET /api/geniacs/mappings`

use super::set;
use super::view::MappingView;
use crate::answer;
use crate::error::ApiError;
use crate::input::{Paging, Query};
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use storage::Connection;
use storage::partners::mappings::{self, Filter, Mapping};

/// A page of mappings, newest first.
pub(crate) async fn list_mappings(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let filter = Filter {
        integration_id: query.id("integration_id"),
        entity_type: query.name("entity_type"),
        is_active: query.flag("is_active"),
    };
    let paging = query.paging();
    query.finish()?;

    let (rows, total, version) = state.database.run(move |c| read_page(c, filter, paging).boxed()).await?;
    let items: Vec<MappingView> = rows.into_iter().map(MappingView::from).collect();
    let page = answer::page("mappings", &items, paging, total);
    Ok(if let Some(version) = version { answer::tagged(page, version) } else { page })
}

pub(crate) fn describe_list_mappings() -> Operation {
    let answer = Answer::page::<MappingView>("mappings").tagged();
    Operation::new("list_mappings", "Lists field mappings, newest first", answer)
        .about(
            "With `integration_id` and `entity_type`, the `ETag` is the version of all mappings of the entity together, \
                active and not, whatever else the list is narrowed by.",
        )
        .query(Parameter::id("integration_id", "Only of this integration"))
        .query(Parameter::name::<names::EntityType>("entity_type", "Only of this kind of record"))
        .query(Parameter::flag("is_active", "Only those that are active, or only the others"))
        .paged()
}

/// A page, the length of the list, and the version of the set that it is a part of, where it is a part of one.
async fn read_page(
    c: &mut Connection,
    filter: Filter,
    paging: Paging,
) -> Result<(Vec<Mapping>, i64, Option<i64>), ApiError> {
    let version = match filter.integration_id.zip(filter.entity_type) {
        Some((integration_id, entity)) => Some(set::set_version(&mappings::all_of(c, integration_id, entity).await?)),
        None => None,
    };
    // Read behind the version: a page that is newer than its version is refused by the next save, never taken for it.
    let rows = mappings::page(c, filter, paging.offset(), paging.limit).await?;
    Ok((rows, mappings::count(c, filter).await?, version))
}
