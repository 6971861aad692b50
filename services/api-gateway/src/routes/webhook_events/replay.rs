//! `POST /api/geniacs/webhook-events/{id}/replay`

use super::WHAT;
use super::view::EventView;
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
use storage::webhooks::webhook_events::{self, EventRow};
use storage::{Connection, Error};

/// Gives one event back to the workers, as it was when it arrived.
pub(crate) async fn replay_webhook_event(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    _: NoBody,
) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let event = state.database.transaction(move |c| reset_event(c, caller, id).boxed()).await?;
    wake::wake_webhook_workers(&state);
    Ok(answer::done("Webhook event will be processed again", json!({"webhook_event": event})))
}

pub(crate) fn describe_replay_webhook_event() -> Operation {
    let answer = Answer::one::<EventView>("webhook_event").says("Webhook event will be processed again");
    Operation::new("replay_webhook_event", "Applies a webhook event once more", answer)
}

async fn reset_event(connection: &mut Connection, caller: Caller, id: i64) -> Result<EventView, ApiError> {
    let before = webhook_events::find(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    webhook_events::replay(connection, id).await?;
    let after = webhook_events::find(connection, id).await?.ok_or(Error::NotFound)?;

    let state = |event: &EventRow| json!({"state": event.state, "outcome": event.outcome});
    let change = Change {
        action: "webhook_event.replayed",
        subject_type: "webhook_event",
        subject_id: id,
        before: Some(state(&before)),
        after: Some(state(&after)),
    };
    audit::record_change(connection, &caller, change).await?;
    Ok(after.into())
}
