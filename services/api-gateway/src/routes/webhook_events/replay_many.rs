//! `POST /api/geniacs/webhook-events/replay`

use super::MAX_TYPE;
use super::list::{self, ListFilter};
use crate::access::Caller;
use crate::error::ApiError;
use crate::input::{Fields, JsonBody, rule};
use crate::openapi::{Answer, Operation, names};
use crate::operations::{ConfirmedFilter, FrozenFilter, accept_operation, take_confirmed_of_list};
use crate::routes::operations::{self, OperationView};
use crate::state::State;
use crate::{answer, audit, wake};
use actix_web::HttpResponse;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use domain::Reason;
use domain::webhook::WebhookState;
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::webhooks::webhook_events::{self, Batch, Filter};
use utoipa::ToSchema;

/// How many events one request gives back unless told, and at most.
const LIMIT: i32 = 1_000;
const MAX_LIMIT: i32 = 10_000;

/// Which events.
#[derive(ToSchema)]
#[schema(as = ReplayRequest)]
#[expect(dead_code, reason = "it describes the body, which is read field by field")]
struct ReplayBody {
    integration_id: Option<i64>,
    #[schema(min_length = 1, max_length = 100)]
    event_type: Option<String>,
    #[schema(value_type = Option<names::WebhookState>, example = "set_aside")]
    state: Option<String>,
    /// Only what is not older.
    from: Option<DateTime<Utc>>,
    /// Only what is not newer.
    to: Option<DateTime<Utc>>,
    #[schema(minimum = 1, maximum = 10_000, default = 1_000)]
    limit: Option<i32>,
    /// In place of all of the above: which events, frozen now.
    filter: Option<ListFilter>,
    /// How many events the filter is known to find.
    #[schema(minimum = 1)]
    confirm_count: Option<i32>,
}

/// What was given back.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the answer, which is put together from its parts")]
struct Replayed {
    /// How many events.
    #[schema(minimum = 0)]
    replayed: i64,
    /// Whether the limit was reached: the same request takes up the next ones.
    more: bool,
}

/// Gives the oldest events that a filter finds back to the workers; those that failed or were set aside unless told.
/// `more` says whether the limit was reached: the same request takes up the next ones.
pub(crate) async fn replay_webhook_events(
    state: Data<State>,
    caller: Caller,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let batch = match read_replay_request(body)? {
        ReplayRequest::Frozen(filter, confirmed) => {
            let frozen = FrozenFilter::Events(filter);
            let accepted =
                state.database.transaction(move |c| accept_operation(c, caller, frozen, confirmed).boxed()).await?;
            return Ok(operations::answer_accepted(&state, accepted));
        }
        ReplayRequest::Batch(batch) => batch,
    };

    let limit = batch.limit;
    let replayed = state.database.transaction(move |c| reset_batch(c, caller, batch).boxed()).await?;
    wake::wake_webhook_workers(&state);
    let more = i64::try_from(replayed).is_ok_and(|replayed| replayed == limit);
    Ok(answer::done("Webhook events will be processed again", json!({"replayed": replayed, "more": more})))
}

pub(crate) fn describe_replay_webhook_events() -> Operation {
    let answer = Answer::data::<Replayed>().says("Webhook events will be processed again");
    Operation::new("replay_webhook_events", "Applies webhook events once more", answer)
        .about(
            "The oldest that the filter finds; those that failed or were set aside unless `state` says otherwise. With `filter` \
                and `confirm_count`: exactly those that `filter` finds now, by an operation.",
        )
        .or_accepts(OperationView::answer())
        .conflicts("the filter finds another number of events now (`count_changed`)")
        .body_like::<ReplayBody>(json!({"integration_id": 1, "state": "set_aside", "limit": 1_000}))
}

/// Which events.
enum ReplayRequest {
    /// The oldest of a batch.
    Batch(Batch),
    /// Exactly those that a filter finds now.
    Frozen(Filter, ConfirmedFilter),
}

fn read_replay_request(mut body: Fields) -> Result<ReplayRequest, ApiError> {
    if body.has("filter") || body.has("confirm_count") {
        let found = take_confirmed_of_list(&mut body, list::read_event_filter);
        // The older form of the body and the newer one must not be mixed.
        for name in BESIDE {
            if body.says(name) {
                body.problem(name, Reason::new("within_filter", "belongs into `filter`"));
            }
            // Taken, so that it is not named as an unknown field, too.
            body.optional(name, rule::any);
        }
        return body.finish(found.map(|(filter, confirmed)| ReplayRequest::Frozen(filter, confirmed)));
    }

    let limit = body.optional("limit", rule::whole(1, MAX_LIMIT)).unwrap_or(LIMIT).into();
    let batch = Batch { limit, ..read_batch(&mut body) };
    body.finish(Some(ReplayRequest::Batch(batch)))
}

/// Fields that must not stand beside `filter`.
const BESIDE: [&str; 6] = ["integration_id", "event_type", "state", "from", "to", "limit"];

fn read_batch(fields: &mut Fields) -> Batch {
    let state = fields.optional("state", rule::name::<WebhookState>);
    Batch {
        integration_id: fields.optional("integration_id", rule::id),
        event_type: fields.optional("event_type", rule::text(1, MAX_TYPE)),
        states: state.map_or_else(|| vec![WebhookState::Failed, WebhookState::SetAside], |state| vec![state]),
        from: fields.optional("from", rule::moment),
        to: fields.optional("to", rule::moment),
        limit: 0,
    }
}

async fn reset_batch(connection: &mut Connection, caller: Caller, batch: Batch) -> Result<usize, ApiError> {
    let replayed = webhook_events::replay_batch(connection, &batch).await?;
    let after = json!({
        "replayed": replayed,
        "integration_id": batch.integration_id,
        "event_type": batch.event_type,
        "states": batch.states,
        "from": batch.from,
        "to": batch.to,
    });
    audit::record_changes(connection, &caller, "webhook_events.replayed", "webhook_event", after).await?;
    Ok(replayed)
}
