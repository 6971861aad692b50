//! `GET /api/geniacs/logs`

use super::answer;
use crate::error::ApiError;
use crate::input::Query;
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use storage::log_entries::{self, Filter, LEVELS};

/// What a search may look for.
const MAX_TEXT: usize = 200;

/// A stretch of log entries, newest first. A search for a rare text goes on where it says, with less than was asked for.
pub(crate) async fn list(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let filter = Filter {
        window: query.window(),
        sync_id: query.id("sync_id"),
        log_level: query.one_of("log_level", &LEVELS),
        text: query.bounded_text("text", MAX_TEXT),
    };
    query.finish()?;
    let limit = filter.window.limit - 1;
    let found = state.database.run(move |c| async move { Ok(log_entries::list(c, &filter).await?) }.boxed()).await?;
    Ok(answer(found, limit))
}
