//! `GET /api/geniacs/integrations`

use super::view::{IntegrationView, views};
use crate::answer;
use crate::error::ApiError;
use crate::input::{Paging, Query};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use storage::Connection;
use storage::integrations::{self, Filter};

/// A page of integrations, newest first.
pub(crate) async fn list(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let filter = Filter { is_active: query.flag("is_active"), sync_enabled: query.flag("sync_enabled") };
    let paging = query.paging();
    query.finish()?;
    let (items, total) = state.database.run(move |c| read(c, filter, paging).boxed()).await?;
    Ok(answer::page("integrations", &items, paging, total))
}

async fn read(c: &mut Connection, filter: Filter, paging: Paging) -> Result<(Vec<IntegrationView>, i64), ApiError> {
    let rows = integrations::page(c, filter, paging.offset(), paging.limit).await?;
    Ok((views(c, rows).await?, integrations::count(c, filter).await?))
}
