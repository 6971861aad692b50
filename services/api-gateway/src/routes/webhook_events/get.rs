//! `GET /api/geniacs/webhook-events/{id}`

use super::WHAT;
use super::view::EventView;
use crate::access::Caller;
use crate::error::ApiError;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use domain::Role;
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::webhooks::webhook_events;

/// One webhook event; with its body for those who may replay it.
pub(crate) async fn get_webhook_event(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let event = state.database.run(move |c| read_event(c, id, caller.role.allows(Role::Operator)).boxed()).await?;
    Ok(answer::data(json!({"webhook_event": event})))
}

pub(crate) fn describe_get_webhook_event() -> Operation {
    Operation::new("get_webhook_event", "Shows a webhook event", Answer::one::<EventView>("webhook_event"))
        .about("`payload` is there for operators and administrators alone: it holds what Geniacs knows of a customer.")
}

async fn read_event(connection: &mut Connection, id: i64, with_payload: bool) -> Result<EventView, ApiError> {
    let event = webhook_events::find(connection, id).await?.map(EventView::from).ok_or(ApiError::NotFound(WHAT))?;
    Ok(if with_payload { event.with(webhook_events::payload(connection, id).await?) } else { event })
}
