//! `GET /api/geniacs/webhook-events`

use super::MAX_TYPE;
use super::view::EventView;
use crate::error::ApiError;
use crate::input::{JsonBody, Query};
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::routes::{counted, listed};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use storage::listing::Window;
use storage::webhooks::webhook_events::Filter;
use utoipa::ToSchema;

/// Longer than any id.
const MAX_ID: usize = 255;

/// A stretch of webhook events, newest first.
pub(crate) async fn list_webhook_events(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    listed::answer_stretch(&state, &request, "webhook_events", read_event_filter, EventView::from).await
}

/// How many of them a filter lets through, and the newest.
pub(crate) async fn count_webhook_events(
    state: Data<State>,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    counted::answer_count(&state, body, read_event_filter, EventView::from).await
}

pub(in crate::routes) fn read_event_filter(query: &mut Query, window: Window) -> Filter {
    Filter {
        window,
        event_type: query.bounded_text("event_type", MAX_TYPE),
        state: query.name("state"),
        event_id: query.bounded_text("event_id", MAX_ID),
        geniacs_id: query.bounded_text("geniacs_id", MAX_ID),
        entity_type: query.name("entity_type"),
    }
}

pub(crate) fn describe_list_webhook_events() -> Operation {
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

pub(crate) fn describe_count_webhook_events() -> Operation {
    counted::describe_count::<CountBody, EventView>(
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
pub(in crate::routes) struct ListFilter {
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
