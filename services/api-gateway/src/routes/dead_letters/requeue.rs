//! `POST /api/geniacs/dead-letters/{id}/requeue`

use super::WHAT;
use super::requeue_many::requeue_letter;
use super::view::LetterView;
use crate::access::Caller;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input, wake};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use storage::console::dead_letters::{self, LetterRow};
use storage::{Connection, Error};

/// Sends a dead letter again, once: a webhook's stored event goes back to the workers, another message to its queue.
pub(crate) async fn requeue_dead_letter(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let letter = state.database.transaction(move |c| requeue_and_audit(c, id, caller).boxed()).await?;
    if letter.webhook_event_id.is_some() {
        wake::wake_webhook_workers(&state);
    }
    Ok(answer::done("The dead letter is sent again", json!({"dead_letter": LetterView::from(letter)})))
}

pub(crate) fn describe_requeue_dead_letter() -> Operation {
    let answer = Answer::one::<LetterView>("dead_letter").says("The dead letter is sent again");
    Operation::new("requeue_dead_letter", "Sends a dead letter again, once", answer)
        .about("A webhook's stored event goes back to the workers, another message to its queue.")
        .conflicts("it was sent again already, or its event was replayed (`already_requeued`, `already_replayed`)")
        .conflicts("there is nothing to send (`nothing_to_requeue`)")
}

async fn requeue_and_audit(connection: &mut Connection, id: i64, caller: Caller) -> Result<LetterRow, ApiError> {
    let before = requeue_letter(connection, id).await?;
    let after = dead_letters::find(connection, id).await?.ok_or(Error::NotFound)?;

    let state = |letter: &LetterRow| json!({"state": letter.state, "webhook_event_id": letter.webhook_event_id, "queue": letter.queue});
    let change = Change {
        action: "dead_letter.requeued",
        subject_type: "dead_letter",
        subject_id: id,
        before: Some(state(&before)),
        after: Some(state(&after)),
    };
    audit::record_change(connection, &caller, change).await?;
    Ok(after)
}
