//! What operators read about syncs.

pub(super) mod list;
pub(super) mod of_sync;
mod view;

pub(super) use list::list;
pub(super) use of_sync::of_sync;

use crate::answer::cut;
use actix_web::HttpResponse;
use storage::listing::{Cursor, Place};
use storage::log_entries::{LogEntry, Stretch};
pub(in crate::routes) use view::LogView;

/// A search that found less than was asked for says where it goes on, too.
fn answer(found: Stretch, place: &Place<Cursor>, limit: i64) -> HttpResponse {
    let cursor = |row: &LogEntry| Cursor { at: row.created_at, id: row.id }.to_string();
    let mut stretch = cut(found.entries, (place, limit), cursor, LogView::from);
    stretch.goes_on_at(place, found.looked_up_to.map(|cursor| cursor.to_string()));
    stretch.under("logs")
}
