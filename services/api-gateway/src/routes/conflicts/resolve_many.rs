//! `POST /api/geniacs/conflicts/resolve`

use super::choice::Decision;
use super::list::{self, ListFilter};
use super::view::ChoiceBody;
use crate::access::Caller;
use crate::error::ApiError;
use crate::input::{JsonBody, Query};
use crate::openapi::{Operation, names};
use crate::operations::{FrozenFilter, accept_operation, take_confirmed_of_list};
use crate::routes::operations::{self, OperationView};
use crate::routes::sync::RequestedSync;
use crate::state::State;
use crate::trace;
use actix_web::HttpResponse;
use actix_web::web::Data;
use domain::conflict::ConflictState;
use domain::sync::{Filters, RecordKey, SyncOptions, SyncRequest};
use domain::{EntityType, Reason, SyncDirection, SyncType};
use futures_util::FutureExt as _;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use storage::listing::Window;
use storage::outbox::OutboxId;
use storage::records::conflicts::Filter;
use storage::{Connection, entities};
use utoipa::ToSchema;

/// One decision about many conflicts.
#[derive(ToSchema)]
#[schema(as = ConflictResolutions)]
#[expect(dead_code, reason = "it describes the body, which is read field by field")]
struct ResolveBody {
    /// Whose values hold.
    #[schema(value_type = names::Resolution)]
    resolution: String,
    /// With `merge`, for each field that the conflicts are about: `local`, `geniacs`, or a value in Geniacs' form.
    fields: Option<BTreeMap<String, ChoiceBody>>,
    /// `state` is `open`, or left away.
    filter: ListFilter,
    /// How many open conflicts the filter is known to find.
    #[schema(minimum = 1)]
    confirm_count: i32,
}

/// Decides every open conflict that a filter finds now in the same way, by an operation.
pub(crate) async fn resolve_conflicts(
    state: Data<State>,
    caller: Caller,
    JsonBody(mut body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let decision = Decision::take(&mut body);
    if let Some(decision) = &decision {
        decision.check_form(&mut body);
    }
    let found = take_confirmed_of_list(&mut body, read_open_filter);
    let (decision, (filter, confirmed)) = body.finish(decision.zip(found))?;

    let frozen = FrozenFilter::Conflicts(filter, decision);
    let accepted = state.database.transaction(move |c| accept_operation(c, caller, frozen, confirmed).boxed()).await?;
    Ok(operations::answer_accepted(&state, accepted))
}

/// Reads what the list takes; only open conflicts can be decided.
fn read_open_filter(query: &mut Query, window: Window) -> Filter {
    let filter = list::read_conflict_filter(query, window);
    if filter.state.is_some_and(|state| state != ConflictState::Open) {
        query.refuse("state", Reason::new("unknown_name", "must be one of: open").with("choices", vec!["open"]));
    }
    filter
}

pub(crate) fn describe_resolve_conflicts() -> Operation {
    Operation::new("resolve_conflicts", "Decides many conflicts in the same way", OperationView::answer())
        .about("Exactly those open conflicts that `filter` finds now. Those of one integration and entity are carried out by one sync. \
                A `merge` is for conflicts about exactly the fields that it names (`filter.fields`); others are told as failures \
                of the operation (`conflict_not_alike`), and so are those that may not have a chosen value (`value_refused`).")
        .body_like::<ResolveBody>(
            json!({
                "resolution": "merge",
                "fields": {"email": "local", "name": "geniacs"},
                "filter": {"integration_id": 1, "entity_type": "customers", "fields": ["email", "name"]},
                "confirm_count": 12,
            }),
        )
        .conflicts("the filter finds another number of conflicts now (`count_changed`)")
}

/// Makes the sync that carries decisions out about these records, as a part of an operation. Returns its number, and the
/// permit to publish after the commit.
pub(crate) async fn start_decision_sync(
    connection: &mut Connection,
    state: &Arc<State>,
    caller: Caller,
    (integration_id, entity): (i64, EntityType),
    local_ids: Vec<i64>,
) -> Result<(i64, Option<OutboxId>), ApiError> {
    decision_sync(state, caller, integration_id, entity, local_ids).accept_as_part(connection).await
}

/// The sync that carries decisions out about these records.
pub(super) fn decision_sync(
    state: &Arc<State>,
    caller: Caller,
    integration_id: i64,
    entity: EntityType,
    local_ids: Vec<i64>,
) -> RequestedSync {
    let ids = local_ids.into_iter().map(RecordKey::Local).collect();
    let request = SyncRequest {
        integration_id,
        sync_type: SyncType::Incremental,
        entity_type: entity,
        direction: SyncDirection::Bidirectional,
        filters: Filters { ids, ..Filters::default() },
        options: SyncOptions::default(),
    };

    RequestedSync {
        state: state.clone(),
        caller,
        request,
        descriptor: entities::descriptor(entity),
        key: None,
        traceparent: trace::current_traceparent(),
        origin: None,
        retry_only: None,
        schedule: None,
    }
}
