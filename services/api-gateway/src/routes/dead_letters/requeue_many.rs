//! `POST /api/geniacs/dead-letters/requeue`

use super::WHAT;
use super::list::{self, ListFilter};
use super::view::why_not;
use crate::access::Caller;
use crate::error::ApiError;
use crate::input::JsonBody;
use crate::openapi::Operation;
use crate::operations::{FrozenFilter, accept_operation, take_confirmed};
use crate::routes::operations::{self, OperationView};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::Data;
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::console::dead_letters::{self, LetterRow};
use storage::webhooks::webhook_events;
use utoipa::ToSchema;

/// Which dead letters are to be sent again.
#[derive(ToSchema)]
#[schema(as = RequeueRequest)]
#[expect(dead_code, reason = "it describes the body, which is read field by field")]
struct RequeueBody {
    /// Those that were not sent again, unless `state` says otherwise.
    filter: ListFilter,
    /// How many letters the filter is known to find.
    #[schema(minimum = 1)]
    confirm_count: i32,
}

/// Sends every dead letter that a filter finds now again, once, by an operation.
pub(crate) async fn requeue_dead_letters(
    state: Data<State>,
    caller: Caller,
    JsonBody(mut body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let found = take_confirmed(&mut body, list::read_letter_filter);
    let (letters, confirmed) = body.finish(found)?;
    let frozen = FrozenFilter::Letters(letters);
    let accepted = state.database.transaction(move |c| accept_operation(c, caller, frozen, confirmed).boxed()).await?;
    Ok(operations::answer_accepted(&state, accepted))
}

pub(crate) fn describe_requeue_dead_letters() -> Operation {
    Operation::new("requeue_dead_letters", "Sends many dead letters again, once each", OperationView::answer())
        .about("Exactly those letters that `filter` finds now: those that were not sent again, unless `state` says otherwise.")
        .body_like::<RequeueBody>(json!({"filter": {"state": "set_aside"}, "confirm_count": 2}))
        .conflicts("the filter finds another number of letters now (`count_changed`)")
}

/// Sends one letter again; gives it as it was before.
pub(crate) async fn requeue_letter(connection: &mut Connection, id: i64) -> Result<LetterRow, ApiError> {
    let before = dead_letters::lock(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    if let Some((code, message)) = why_not(&before) {
        return Err(ApiError::Conflict(code, message));
    }

    // A letter that became an event has no other message: the event is the work.
    if let Some(event) = before.webhook_event_id {
        webhook_events::replay(connection, event).await?;
    }
    dead_letters::requeue(connection, id).await?;
    Ok(before)
}
