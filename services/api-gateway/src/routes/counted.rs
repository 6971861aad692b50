//! `POST /api/geniacs/<list>/count`: how many items a filter lets through, and some of them.

use crate::answer;
use crate::error::ApiError;
use crate::input::{Fields, Query};
use crate::openapi::{Answer, Operation};
use actix_web::HttpResponse;
use serde::Serialize;
use serde_json::json;
use storage::listing::Window;
use utoipa::ToSchema;

/// How far is counted.
pub(super) const MOST: i64 = 1_000;
/// How many items are shown.
pub(super) const SAMPLES: i64 = 10;

/// Reads the filter of a body: what the list takes as parameters.
pub(super) fn filter<F>(mut body: Fields, read: impl FnOnce(&mut Query) -> F) -> Result<F, ApiError> {
    let filter =
        body.optional("filter", |value| value.as_object().cloned().ok_or_else(|| "must be an object".to_owned()));
    let mut query = Query::of_filter(filter.unwrap_or_default());
    let read = read(&mut query);
    body.problems(query.problems_of_filter());
    body.finish(Some(read))
}

/// The same list, so far that what is counted ends.
pub(super) fn to_count(window: &Window) -> Window {
    Window { limit: MOST + 1, ..window.clone() }
}

/// The same list, as far as it is shown.
pub(super) fn to_show(window: &Window) -> Window {
    Window { limit: SAMPLES, ..window.clone() }
}

/// 200 with the count and the samples.
pub(super) fn answer<R, T: Serialize>((counted, samples): (i64, Vec<R>), view: impl Fn(R) -> T) -> HttpResponse {
    let samples: Vec<T> = samples.into_iter().map(view).collect();
    answer::data(json!({"count": counted.min(MOST), "more": counted > MOST, "samples": samples}))
}

pub(super) fn operation<Filter: ToSchema, Item: ToSchema>(id: &'static str, summary: &'static str) -> Operation {
    let answer = Answer::all::<Item>("samples")
        .and_number("count", "How many there are, as far as they were counted: up to 1,000")
        .and_flag("more", "Whether there are more than that");
    Operation::new(id, summary, answer)
        .about("With the first ten. `filter` takes what the list takes as parameters, but for its cursors and `limit`.")
        .body::<Filter>()
}
