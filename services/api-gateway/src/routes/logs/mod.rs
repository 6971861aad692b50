//! The log entries of syncs.

pub(super) mod list;
pub(super) mod of_sync;
mod view;

use crate::answer::{self, cut};
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::Parameter;
use actix_web::HttpResponse;
use domain::Reason;
use storage::Connection;
use storage::console::log_entries::{self, Filter, LogEntry, Stretch, Surroundings};
pub(in crate::routes) use view::LogView;

/// The name of this kind of thing in a 404.
const WHAT: &str = "log entry";

/// What a request shows of the log.
enum ShownLogs {
    Stretch(Stretch),
    Around(Surroundings),
}

/// Takes `around`, which names a place as `after` and `before` do.
fn take_around(query: &mut Query, filter: &Filter) -> Option<i64> {
    let id = query.id("around");
    if id.is_some() && filter.window.place.row().is_some() {
        query.refuse("around", Reason::new("not_together", "must not stand beside `after` or `before`"));
    }
    id
}

fn around_parameter() -> Parameter {
    let about = "Entries on both sides of the one with this number, and itself if it is one of those that are listed. Not \
                 beside `after` or `before`";
    Parameter::id("around", about)
}

/// The stretch that a filter's window asks for, or the one around an entry.
async fn read_logs(connection: &mut Connection, filter: &Filter, around: Option<i64>) -> Result<ShownLogs, ApiError> {
    let Some(id) = around else { return Ok(ShownLogs::Stretch(log_entries::list(connection, filter).await?)) };
    let found = log_entries::around(connection, id, filter).await?;
    found.map(ShownLogs::Around).ok_or(ApiError::NotFound(WHAT))
}

fn answer_logs(shown: ShownLogs, filter: &Filter) -> HttpResponse {
    match shown {
        ShownLogs::Stretch(found) => answer_log_stretch(found, filter),
        ShownLogs::Around(found) => {
            let items: Vec<LogView> = found.entries.into_iter().map(LogView::from).collect();
            let prev_cursor = found.newer_before.map(|cursor| cursor.to_string());
            let next_cursor = found.older_after.map(|cursor| cursor.to_string());
            answer::Stretch { items, prev_cursor, next_cursor }.under("logs")
        }
    }
}

/// Also a search that found fewer entries than were asked for names the cursor from which it goes on.
fn answer_log_stretch(found: Stretch, filter: &Filter) -> HttpResponse {
    // The window holds one row more than was asked for.
    let (place, limit) = (&filter.window.place, filter.window.limit - 1);
    let cursor = |row: &LogEntry| row.cursor().to_string();
    let mut stretch = cut(found.entries, (place, limit), cursor, LogView::from);
    stretch.goes_on_at(place, found.looked_up_to.map(|cursor| cursor.to_string()));
    stretch.under("logs")
}
