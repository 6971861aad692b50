//! `GET /api/geniacs/integrations`

use super::view::{IntegrationView, integration_views};
use crate::answer;
use crate::error::ApiError;
use crate::input::{Paging, Query};
use crate::openapi::{Answer, Operation, Parameter};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use storage::Connection;
use storage::partners::integrations::{self, Filter};

/// A page of integrations, newest first.
pub(crate) async fn list_integrations(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let filter = Filter {
        is_active: query.flag("is_active"),
        sync_enabled: query.flag("sync_enabled"),
        is_archived: query.flag("archived").unwrap_or_default(),
    };
    let paging = query.paging();
    query.finish()?;

    let (items, total) = state.database.run(move |c| read_integrations(c, filter, paging).boxed()).await?;
    Ok(answer::page("integrations", &items, paging, total))
}

pub(crate) fn describe_list_integrations() -> Operation {
    Operation::new(
        "list_integrations",
        "Lists integrations, newest first",
        Answer::page::<IntegrationView>("integrations"),
    )
    .query(Parameter::flag("is_active", "Only those that are active, or only the others"))
    .query(Parameter::flag("sync_enabled", "Only those whose syncs are turned on, or only the others"))
    .query(Parameter::flag("archived", "Only those that are archived, which the list does not hold otherwise"))
    .paged()
}

async fn read_integrations(
    c: &mut Connection,
    filter: Filter,
    paging: Paging,
) -> Result<(Vec<IntegrationView>, i64), ApiError> {
    let rows = integrations::page(c, filter, paging.offset(), paging.limit).await?;
    Ok((integration_views(c, rows).await?, integrations::count(c, filter).await?))
}
