//! What operators read about syncs.

pub(super) mod list;
pub(super) mod of_sync;
mod view;

pub(super) use list::list;
pub(super) use of_sync::of_sync;

use crate::answer::{cut, data};
use actix_web::HttpResponse;
use serde_json::json;
use storage::listing::Cursor;
use storage::log_entries::{LogEntry, Stretch};
use view::LogView;

/// A search that found less than was asked for says where it goes on, too.
fn answer(stretch: Stretch, limit: i64) -> HttpResponse {
    let cursor = |row: &LogEntry| Cursor { at: row.created_at, id: row.id }.to_string();
    let (logs, next) = cut(stretch.entries, limit, cursor, LogView::from);
    let next = next.or(stretch.looked_up_to.map(|cursor| cursor.to_string()));
    data(json!({"logs": logs, "next_cursor": next}))
}
