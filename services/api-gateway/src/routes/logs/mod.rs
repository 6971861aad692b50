//! What operators read about syncs.

mod list;
mod of_sync;
mod view;

pub(super) use list::list;
pub(super) use of_sync::of_sync;

use crate::error::ApiError;
use actix_web::HttpResponse;
use storage::Connection;
use storage::listing::Cursor;
use storage::log_entries::{self, Filter, LogEntry};
use view::LogView;

/// A search for text takes so many seconds at most.
const SEARCH_SECONDS: u32 = 3;

/// Entries by a filter, within a transaction.
async fn read(connection: &mut Connection, filter: &Filter) -> Result<Vec<LogEntry>, ApiError> {
    if filter.text.is_some() {
        log_entries::bound_search(connection, SEARCH_SECONDS).await?;
    }
    log_entries::list(connection, filter).await.map_err(|error| {
        if filter.text.is_some() && log_entries::took_too_long(&error) {
            ApiError::SearchTooBroad
        } else {
            error.into()
        }
    })
}

fn answer(rows: Vec<LogEntry>, limit: i64) -> HttpResponse {
    let cursor = |row: &LogEntry| Cursor { at: row.created_at, id: row.id }.to_string();
    crate::answer::stretch("logs", rows, limit, cursor, LogView::from)
}
