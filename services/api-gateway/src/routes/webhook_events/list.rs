//! `GET /api/geniacs/webhook-events`

use super::MAX_TYPE;
use super::view::EventView;
use crate::answer;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use storage::listing::Cursor;
use storage::webhook_events::{self, EventRow, Filter};

/// A stretch of webhook events, newest first.
pub(crate) async fn list(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let filter = Filter {
        window: query.window(),
        event_type: query.bounded_text("event_type", MAX_TYPE),
        state: query.name("state"),
    };
    query.finish()?;
    let limit = filter.window.limit - 1;
    let rows = state.database.run(move |c| async move { Ok(webhook_events::list(c, &filter).await?) }.boxed()).await?;
    let cursor = |row: &EventRow| Cursor { at: row.created_at, id: row.id }.to_string();
    Ok(answer::stretch("webhook_events", rows, limit, cursor, EventView::from))
}

pub(crate) fn operation() -> Operation {
    Operation::new(
        "list_webhook_events",
        "Lists what Geniacs has sent, newest first",
        Answer::stretch::<EventView>("webhook_events"),
    )
    .window()
    .query(Parameter::text("event_type", "Only of this type", MAX_TYPE).like("customer.updated"))
    .query(Parameter::name::<names::WebhookState>("state", "Only those that are so"))
}
