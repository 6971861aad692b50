//! The envelope of a success.

use crate::input::Paging;
use actix_web::HttpResponse;
use actix_web::http::header::{ETAG, HeaderValue};
use serde::Serialize;
use serde_json::{Value, json};
use storage::listing::Place;

/// 200 with data alone.
pub(crate) fn data(data: impl Serialize) -> HttpResponse {
    HttpResponse::Ok().json(json!({"success": true, "data": data}))
}

/// 200 with a sentence and data.
pub(crate) fn done(message: &str, data: impl Serialize) -> HttpResponse {
    HttpResponse::Ok().json(json!({"success": true, "message": message, "data": data}))
}

/// 202 with a sentence and what is going to do it.
pub(crate) fn accepted(message: &str, data: impl Serialize) -> HttpResponse {
    HttpResponse::Accepted().json(json!({"success": true, "message": message, "data": data}))
}

/// 201 with a sentence and what was made.
pub(crate) fn created(message: &str, data: impl Serialize) -> HttpResponse {
    HttpResponse::Created().json(json!({"success": true, "message": message, "data": data}))
}

/// 200 with a page of a counted list under its plural.
pub(crate) fn page<T: Serialize>(plural: &str, items: &[T], paging: Paging, total: i64) -> HttpResponse {
    let pagination = json!({
        "current_page": paging.page,
        "total_pages": total.unsigned_abs().div_ceil(paging.limit.unsigned_abs()),
        "total_items": total,
        "per_page": paging.limit,
    });

    data(json!({plural: items, "pagination": pagination}))
}

/// A stretch of an uncounted list as callers see it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stretch<T> {
    /// In the order of the list.
    pub(crate) items: Vec<T>,
    /// What to give as `before` for the stretch before this one; none where the list begins with this one.
    pub(crate) prev_cursor: Option<String>,
    /// What to give as `after` for the stretch after this one; none where the list ends with this one.
    pub(crate) next_cursor: Option<String>,
}

impl<T> Stretch<T> {
    /// Items from a place on, the nearest first: the cursor of the nearest, and that of the farthest if there are more.
    pub(crate) fn between<C>(
        mut items: Vec<T>,
        place: &Place<C>,
        nearest: Option<String>,
        farthest: Option<String>,
    ) -> Self {
        let (prev_cursor, next_cursor) = match place {
            Place::First => (None, farthest),
            // The row that the place names lies on the other side.
            Place::After(_) => (nearest, farthest),
            Place::Before(_) => {
                // Such rows were read backwards, the nearest first; callers get them in the list's order.
                items.reverse();
                (farthest, nearest)
            }
        };

        Self { items, prev_cursor, next_cursor }
    }

    /// Sets the cursor of a search that did not look at all rows: it goes on there, even if it found nothing.
    pub(crate) fn goes_on_at<C>(&mut self, place: &Place<C>, cursor: Option<String>) {
        let further = if place.is_backwards() { &mut self.prev_cursor } else { &mut self.next_cursor };
        *further = further.take().or(cursor);
    }
}

impl<T: Serialize> Stretch<T> {
    /// 200 with the stretch under its plural.
    pub(crate) fn under(self, plural: &str) -> HttpResponse {
        data(json!({plural: self.items, "prev_cursor": self.prev_cursor, "next_cursor": self.next_cursor}))
    }
}

/// 200 with a stretch of an uncounted list, and where the ones beside it begin; see [`cut`].
pub(crate) fn stretch<R, C, T: Serialize>(
    plural: &str,
    rows: Vec<R>,
    (place, limit): (&Place<C>, i64),
    cursor: impl Fn(&R) -> String,
    view: impl Fn(R) -> T,
) -> HttpResponse {
    cut(rows, (place, limit), cursor, view).under(plural)
}

/// A stretch of `limit` rows as callers see them, and where the ones beside it begin. `rows` begins with the nearest to the
/// place, and holds one more than `limit` where there are more.
pub(crate) fn cut<R, C, T>(
    mut rows: Vec<R>,
    (place, limit): (&Place<C>, i64),
    cursor: impl Fn(&R) -> String,
    view: impl Fn(R) -> T,
) -> Stretch<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = rows.len() > limit;
    rows.truncate(limit);

    let nearest = rows.first().map(&cursor);
    let farthest = rows.last().map(&cursor).filter(|_| has_more);
    Stretch::between(rows.into_iter().map(view).collect(), place, nearest, farthest)
}

/// The same answer with the version of what it shows, for `If-Match`.
pub(crate) fn tagged(mut response: HttpResponse, version: impl Into<i64>) -> HttpResponse {
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", version.into())) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// An item as JSON, for the audit log.
pub(crate) fn value(item: &impl Serialize) -> Value {
    serde_json::to_value(item).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(rows: Vec<i64>, place: Place<i64>) -> (Vec<i64>, Option<String>, Option<String>) {
        let Stretch { items, prev_cursor, next_cursor } = cut(rows, (&place, 2), ToString::to_string, |row| row);
        (items, prev_cursor, next_cursor)
    }

    #[test]
    fn a_stretch_says_where_the_ones_beside_it_begin() {
        let some = |number: i64| Some(number.to_string());
        assert_eq!(numbers(vec![9, 8, 7], Place::First), (vec![9, 8], None, some(8)));
        assert_eq!(numbers(vec![7, 6, 5], Place::After(8)), (vec![7, 6], some(7), some(6)));
        assert_eq!(numbers(vec![5], Place::After(6)), (vec![5], some(5), None));
        assert_eq!(numbers(vec![6, 7, 8], Place::Before(5)), (vec![7, 6], some(7), some(6)));
        assert_eq!(numbers(vec![8, 9], Place::Before(7)), (vec![9, 8], None, some(8)));
        assert_eq!(numbers(vec![], Place::Before(9)), (vec![], None, None));
    }
}
