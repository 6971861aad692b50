//! `GET /api/geniacs/events/stream`

use crate::access::Caller;
use crate::error::ApiError;
use crate::input::Query;
use crate::live::{Position, narrow_to_sync};
use crate::openapi::{Answer, Operation, Parameter};
use crate::routes::logs::LogView;
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::runs::syncs;

/// The header in which a client that comes back names the last event that it got.
const LAST_EVENT: &str = "last-event-id";
/// The same in the query, for clients that cannot set headers.
const LAST_EVENT_PARAMETER: &str = "last_event_id";

/// What changes, as Server-Sent Events.
pub(crate) async fn stream_events(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let StreamRequest { last_event, sync_id } = read_stream_request(&request)?;
    // Once the stream has begun, a 404 cannot be answered any more.
    if let Some(id) = sync_id {
        state.database.run(move |c| must_be_there(c, id).boxed()).await?;
    }

    let events = state.live.listen(caller.token_id, last_event)?;
    let mut response = HttpResponse::Ok();
    response
        .content_type("text/event-stream; charset=utf-8")
        // Proxies that gather answers before they pass them on would hold the events back.
        .insert_header(("x-accel-buffering", "no"))
        .insert_header(("cache-control", "no-store, no-transform"));

    Ok(match sync_id {
        Some(id) => response.streaming(narrow_to_sync(events, state.database.clone(), id, LogView::from)),
        None => response.streaming(events),
    })
}

async fn must_be_there(connection: &mut Connection, id: i64) -> Result<(), ApiError> {
    syncs::head(connection, id).await?.map(|_| ()).ok_or(ApiError::NotFound("sync"))
}

pub(crate) fn describe_stream_events() -> Operation {
    let answer = Answer::file(&["text/event-stream"]);
    Operation::new("stream_events", "Tells what changes, as it changes", answer)
        .about("Server-Sent Events without an end: `ready` at first, then `sync` (where a sync stands, as its status tells it), \
                `webhook` (what has come), `integration` (its health), `conflict`, `operation` (how far it has come), `time` every \
                15 seconds, and `reset` where too much has changed: read everything anew. They hold ids, states and counts. A \
                client that comes back with the last id that it got hears what it missed.")
        .query(Parameter::header(LAST_EVENT, "The last id that was got", json!({"type": "string"})).like("7431-812"))
        .query(Parameter::id("sync_id", "Only of this sync, and its log entries as they come, as `log`"))
        .missing()
        .query(Parameter::text(LAST_EVENT_PARAMETER, "The same, for clients that cannot set headers", 100))
}

/// A stream as it is asked for.
struct StreamRequest {
    last_event: Option<Position>,
    sync_id: Option<i64>,
}

/// The place to go on from may be anything: one that cannot be read is none, since a client would repeat it for ever.
fn read_stream_request(request: &HttpRequest) -> Result<StreamRequest, ApiError> {
    let mut query = Query::of(request);
    let asked = query.text(LAST_EVENT_PARAMETER);
    let sync_id = query.id("sync_id");
    query.finish()?;

    // The header wins: a browser that comes back sets it anew, while its query stays as it was.
    let header = request.headers().get(LAST_EVENT).and_then(|value| value.to_str().ok());
    let last_event = header.or(asked.as_deref()).and_then(|text| text.parse().ok());
    Ok(StreamRequest { last_event, sync_id })
}
