//! `GET` of a list by (time, id): a stretch of it, newest first.

use crate::answer;
use crate::error::ApiError;
use crate::input::Query;
use crate::state::State;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde::Serialize;
use storage::listing::{List, Window};

/// Answers with the stretch that a query asks for, under the plural of its items; `read` takes what the list is narrowed by.
pub(super) async fn answer_stretch<L: List, V: Serialize>(
    state: &State,
    request: &HttpRequest,
    plural: &'static str,
    read: impl FnOnce(&mut Query, Window) -> L,
    view: impl Fn(L::Row) -> V,
) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(request);
    let window = query.window();
    // The window holds one row more than was asked for.
    let (place, limit) = (window.place, window.limit - 1);
    let list = read(&mut query, window);
    query.finish()?;

    let rows = state.database.run(move |c| async move { Ok(list.load(c).await?) }.boxed()).await?;
    Ok(answer::stretch(plural, rows, (&place, limit), |row| L::cursor(row).to_string(), view))
}
