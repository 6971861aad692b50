//! `POST /api/geniacs/webhook-events/replay`

use super::MAX_TYPE;
use crate::access::Caller;
use crate::error::ApiError;
use crate::input::{Fields, JsonBody, rule};
use crate::state::State;
use crate::{answer, audit, wake};
use actix_web::HttpResponse;
use actix_web::web::Data;
use domain::webhook::WebhookState;
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::webhook_events::{self, Batch};

/// How many events one request gives back unless told, and at most.
const LIMIT: i32 = 1_000;
const MAX_LIMIT: i32 = 10_000;

/// Gives the oldest events that a filter finds back to the workers; those that failed or were set aside unless told.
/// `more` says whether the limit was reached: the same request takes up the next ones.
pub(crate) async fn replay_many(
    state: Data<State>,
    caller: Caller,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let batch = read(body)?;
    let limit = batch.limit;
    let replayed = state.database.transaction(move |c| reset(c, caller, batch).boxed()).await?;
    wake::webhooks(&state);
    let more = i64::try_from(replayed).is_ok_and(|replayed| replayed == limit);
    Ok(answer::done("Webhook events will be processed again", json!({"replayed": replayed, "more": more})))
}

fn read(mut body: Fields) -> Result<Batch, ApiError> {
    let state = body.optional("state", rule::name::<WebhookState>);
    let batch = Batch {
        integration_id: body.optional("integration_id", rule::id),
        event_type: body.optional("event_type", rule::text(1, MAX_TYPE)),
        states: state.map_or_else(|| vec![WebhookState::Failed, WebhookState::SetAside], |state| vec![state]),
        from: body.optional("from", rule::moment),
        to: body.optional("to", rule::moment),
        limit: body.optional("limit", rule::whole(1, MAX_LIMIT)).unwrap_or(LIMIT).into(),
    };
    body.finish(Some(batch))
}

async fn reset(connection: &mut Connection, caller: Caller, batch: Batch) -> Result<usize, ApiError> {
    let replayed = webhook_events::replay_batch(connection, &batch).await?;
    let after = json!({
        "replayed": replayed,
        "integration_id": batch.integration_id,
        "event_type": batch.event_type,
        "states": batch.states,
        "from": batch.from,
        "to": batch.to,
    });
    audit::record_many(connection, &caller, "webhook_events.replayed", "webhook_event", after).await?;
    Ok(replayed)
}
