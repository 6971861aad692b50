//! `GET /api/geniacs/webhook-events`

use super::MAX_TYPE;
use super::view::EventView;
use crate::answer;
use crate::error::ApiError;
use crate::input::{JsonBody, Query};
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::routes::counted;
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use storage::Connection;
use storage::listing::{Cursor, Window};
use storage::webhook_events::{self, EventRow, Filter};
use utoipa::ToSchema;

/// Longer than any id.
const MAX_ID: usize = 255;

/// A stretch of webhook events, newest first.
pub(crate) async fn list(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let window = query.window();
    let filter = read(&mut query, window);
    query.finish()?;
    let (place, limit) = (filter.window.place, filter.window.limit - 1);
    let rows = state.database.run(move |c| async move { Ok(webhook_events::list(c, &filter).await?) }.boxed()).await?;
    let cursor = |row: &EventRow| Cursor { at: row.created_at, id: row.id }.to_string();
    Ok(answer::stretch("webhook_events", rows, (&place, limit), cursor, EventView::from))
}

/// How many of them a filter lets through, and the newest.
pub(crate) async fn count(state: Data<State>, JsonBody(body): JsonBody) -> Result<HttpResponse, ApiError> {
    let filter = counted::filter(body, |query| {
        let window = query.span();
        read(query, window)
    })?;
    let found = state.database.run(move |c| counted_of(c, filter).boxed()).await?;
    Ok(counted::answer(found, EventView::from))
}

async fn counted_of(connection: &mut Connection, filter: Filter) -> Result<(i64, Vec<EventRow>), ApiError> {
    let (all, first) = (counted::to_count(&filter.window), counted::to_show(&filter.window));
    let count = webhook_events::count(connection, &Filter { window: all, ..filter.clone() }).await?;
    Ok((count, webhook_events::list(connection, &Filter { window: first, ..filter }).await?))
}

fn read(query: &mut Query, window: Window) -> Filter {
    Filter {
        window,
        event_type: query.bounded_text("event_type", MAX_TYPE),
        state: query.name("state"),
        event_id: query.bounded_text("event_id", MAX_ID),
        geniacs_id: query.bounded_text("geniacs_id", MAX_ID),
        entity_type: query.name("entity_type"),
    }
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
    .query(Parameter::text("event_id", "Only with this id of the sender's", MAX_ID))
    .query(Parameter::text("geniacs_id", "Only about the record with this Geniacs id", MAX_ID))
    .query(Parameter::name::<names::EntityType>("entity_type", "Only about this kind of record"))
}

pub(crate) fn count_operation() -> Operation {
    counted::operation::<CountBody, EventView>(
        "count_webhook_events",
        "Counts the webhook events that a filter lets through",
    )
}

/// Which of them are counted.
#[derive(ToSchema)]
#[schema(as = WebhookEventCountRequest)]
#[expect(dead_code, reason = "it is read as a query is; this type says what it may hold")]
struct CountBody {
    filter: Option<ListFilter>,
}

#[derive(ToSchema)]
#[schema(as = WebhookEventListFilter)]
#[expect(dead_code, reason = "it is read as a query is; this type says what it may hold")]
struct ListFilter {
    integration_id: Option<i64>,
    /// Only what is not older.
    from: Option<DateTime<Utc>>,
    /// Only what is not newer.
    to: Option<DateTime<Utc>>,
    #[schema(min_length = 1, max_length = 100)]
    event_type: Option<String>,
    #[schema(value_type = Option<names::WebhookState>)]
    state: Option<String>,
    #[schema(min_length = 1, max_length = 255)]
    event_id: Option<String>,
    #[schema(min_length = 1, max_length = 255)]
    geniacs_id: Option<String>,
    #[schema(value_type = Option<names::EntityType>)]
    entity_type: Option<String>,
}
