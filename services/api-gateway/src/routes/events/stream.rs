//! `GET /api/geniacs/events/stream`

use crate::access::Caller;
use crate::error::ApiError;
use crate::input::Query;
use crate::live::Position;
use crate::openapi::{Answer, Operation, Parameter};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

/// What a client that comes back names the last event by.
const LAST_EVENT: &str = "last-event-id";
/// The same in the query, for clients that cannot set headers.
const LAST_EVENT_PARAMETER: &str = "last_event_id";

/// What changes, as Server-Sent Events.
pub(crate) async fn stream(state: Data<State>, request: HttpRequest, caller: Caller) -> Result<HttpResponse, ApiError> {
    let events = state.live.listen(caller.token_id, last_event(&request)?)?;
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream; charset=utf-8")
        // Proxies that gather answers before they pass them on would hold the events back.
        .insert_header(("x-accel-buffering", "no"))
        .insert_header(("cache-control", "no-store, no-transform"))
        .streaming(events))
}

pub(crate) fn operation() -> Operation {
    let answer = Answer::file(&["text/event-stream"]);
    Operation::new("stream_events", "Tells what changes, as it changes", answer)
        .about("Server-Sent Events without an end: `ready` at first, then `sync` (where a sync stands, as its status tells it), \
                `webhook` (what has come), `integration` (its health), `conflict`, and `reset` where too much has changed: read \
                everything anew. They hold ids, states and counts. A client that comes back with the last id that it got hears \
                what it missed.")
        .query(Parameter::header(LAST_EVENT, "The last id that was got", json!({"type": "string"})).like("7431-812"))
        .query(Parameter::text(LAST_EVENT_PARAMETER, "The same, for clients that cannot set headers", 100))
}

/// The place to go on from. One that cannot be read is none: a client would repeat it for ever.
fn last_event(request: &HttpRequest) -> Result<Option<Position>, ApiError> {
    let mut query = Query::of(request);
    let asked = query.text(LAST_EVENT_PARAMETER);
    query.finish()?;
    let header = request.headers().get(LAST_EVENT).and_then(|value| value.to_str().ok());
    Ok(header.or(asked.as_deref()).and_then(|text| text.parse().ok()))
}
