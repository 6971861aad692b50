//! `POST /api/geniacs/<list>/count`: how many items a filter lets through, and some of them.

use crate::answer;
use crate::error::ApiError;
use crate::input::{Fields, Query};
use crate::openapi::{Answer, Operation};
use crate::state::State;
use actix_web::HttpResponse;
use futures_util::FutureExt as _;
use serde::Serialize;
use serde_json::json;
use storage::Connection;
use storage::listing::{List, Window};
use utoipa::ToSchema;

/// Items are counted up to this number.
pub(super) const MOST: i64 = 1_000;
/// How many items are shown.
pub(super) const SAMPLES: i64 = 10;

/// Counts the items of a list that the filter of a body lets through, and shows the first of them.
pub(super) async fn answer_count<L: List, V: Serialize>(
    state: &State,
    mut body: Fields,
    read: impl FnOnce(&mut Query, Window) -> L,
    view: impl Fn(L::Row) -> V,
) -> Result<HttpResponse, ApiError> {
    let list = Query::filter_of(&mut body, |query| {
        let window = query.span();
        read(query, window)
    });
    let list = body.finish(Some(list))?;

    let found = state.database.run(move |c| async move { counted_of(c, list).await }.boxed()).await?;
    Ok(answer_counted(found, view))
}

async fn counted_of<L: List>(connection: &mut Connection, mut list: L) -> Result<(i64, Vec<L::Row>), ApiError> {
    // One more than is counted tells whether there are more.
    list.window().limit = MOST + 1;
    let count = list.count(connection).await?;
    list.window().limit = SAMPLES;
    Ok((count, list.load(connection).await?))
}

/// 200 with the count and the samples.
pub(super) fn answer_counted<R, T: Serialize>(
    (counted, samples): (i64, Vec<R>),
    view: impl Fn(R) -> T,
) -> HttpResponse {
    answer_samples(counted, counted > MOST, &samples.into_iter().map(view).collect::<Vec<_>>())
}

/// The same for a caller that knows whether there are more.
pub(super) fn answer_samples<T: Serialize>(counted: i64, more: bool, samples: &[T]) -> HttpResponse {
    answer::data(json!({"count": counted.min(MOST), "more": more, "samples": samples}))
}

pub(super) fn describe_count<Filter: ToSchema, Item: ToSchema>(id: &'static str, summary: &'static str) -> Operation {
    let answer = Answer::all::<Item>("samples")
        .and_number("count", "How many there are, as far as they were counted: up to 1,000")
        .and_flag("more", "Whether there are more than that");
    Operation::new(id, summary, answer)
        .about("With the first ten. `filter` takes what the list takes as parameters, but for its cursors and `limit`.")
        .body::<Filter>()
}
