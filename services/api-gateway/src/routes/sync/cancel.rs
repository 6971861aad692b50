//! `POST /api/geniacs/sync/{id}/cancel`

use super::view::StatusView;
use super::{WHAT, ended};
use crate::access::Caller;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::NoBody;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input, wake};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::outbox::OutboxId;
use storage::runs::syncs::{self, Cancelled, SyncRow};

/// Ends a sync that waits or runs: at once where nobody works on it, else once the chunks under way have ended.
pub(crate) async fn cancel_sync(
    state: Data<State>,
    http: HttpRequest,
    caller: Caller,
    _: NoBody,
) -> Result<HttpResponse, ApiError> {
    let id = input::id(&http, WHAT)?;
    let (sync, permit) = state.database.transaction(move |c| cancel_and_audit(c, id, caller).boxed()).await?;
    // The end of a sync may start the next one in line.
    wake::wake_worker(&state, permit);

    let message = if sync.completed_at.is_some() { "The sync is cancelled" } else { "The sync is being cancelled" };
    Ok(answer::done(message, json!({"sync": StatusView::listed(sync)})))
}

pub(crate) fn describe_cancel_sync() -> Operation {
    Operation::new(
        "cancel_sync",
        "Ends a sync that waits or runs",
        Answer::one::<StatusView>("sync").says("The sync is cancelled"),
    )
    .about("At once where nobody works on it, else as soon as the parts under way have ended.")
    .conflicts("it has ended already (`already_ended`)")
}

async fn cancel_and_audit(
    connection: &mut Connection,
    id: i64,
    caller: Caller,
) -> Result<(SyncRow, Option<OutboxId>), ApiError> {
    let before = syncs::find(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    let cancelled = syncs::cancel(connection, id, ended::known_name(before.entity_type.parse())?).await?;
    // Read again, for the status that it has now.
    let sync = syncs::find(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;

    let permit = match cancelled {
        Cancelled::TooLate => {
            let message = format!("sync {id} has ended already: {}", sync.status);
            return Err(ApiError::Conflict("already_ended", message));
        }
        Cancelled::Soon => None,
        Cancelled::Now(permit) => permit,
    };

    let change = Change {
        action: "sync.cancelled",
        subject_type: "sync",
        subject_id: id,
        before: Some(json!({"status": before.status})),
        after: Some(json!({"status": sync.status})),
    };
    audit::record_change(connection, &caller, change).await?;
    Ok((sync, permit))
}
