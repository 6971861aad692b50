//! `POST /api/geniacs/consistency-checks`

use super::WHAT;
use super::view::{CheckBody, CheckView};
use crate::access::Caller;
use crate::error::ApiError;
use crate::input::{JsonBody, rule};
use crate::openapi::{Answer, Operation};
use crate::routes::sync::RequestedSync;
use crate::state::State;
use crate::{answer, trace, wake};
use actix_web::HttpResponse;
use actix_web::web::Data;
use domain::run_mode::Origin;
use domain::sync::{Filters, SyncOptions, SyncRequest};
use domain::{EntityType, SyncDirection, SyncType};
use futures_util::FutureExt as _;
use serde_json::json;
use storage::outbox::OutboxId;
use storage::runs::syncs;
use storage::{Connection, entities};

/// Accepts a comparison of all records of an entity. It waits where a sync of the same records is under way.
pub(crate) async fn create_consistency_check(
    state: Data<State>,
    caller: Caller,
    JsonBody(mut body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let integration_id = body.required("integration_id", rule::id);
    let entity_type = body.required("entity_type", rule::name::<EntityType>);
    let request = body.finish(integration_id.zip(entity_type).map(|(id, entity)| check_request(id, entity)))?;

    let work = RequestedSync {
        descriptor: entities::descriptor(request.entity_type),
        state: state.clone().into_inner(),
        caller,
        request,
        key: None,
        traceparent: trace::current_traceparent(),
        origin: Some(Origin::Check),
        retry_only: None,
        schedule: None,
    };

    let (view, permit) = state.database.transaction(move |c| accept_check(c, work).boxed()).await?;
    wake::wake_worker(&state, permit);
    Ok(answer::done("Consistency check started", json!({"consistency_check": view})))
}

pub(crate) fn describe_create_consistency_check() -> Operation {
    let answer = Answer::one::<CheckView>("consistency_check").says("Consistency check started");
    Operation::new("create_consistency_check", "Compares all records of an entity", answer)
        .about("Neither side is changed. It waits where a sync of the same records is under way.")
        .body::<CheckBody>()
        .missing()
        .conflicts("the integration is not active (`integration_inactive`)")
        .conflicts("its syncs are turned off (`sync_disabled`)")
        .conflicts("as many syncs of the integration wait as may (`too_many_pending`)")
}

/// A check looks at everything, both ways, and writes nowhere.
fn check_request(integration_id: i64, entity_type: EntityType) -> SyncRequest {
    SyncRequest {
        integration_id,
        sync_type: SyncType::Full,
        entity_type,
        direction: SyncDirection::Bidirectional,
        filters: Filters::default(),
        options: SyncOptions { dry_run: true, ..SyncOptions::default() },
    }
}

async fn accept_check(
    connection: &mut Connection,
    work: RequestedSync,
) -> Result<(CheckView, Option<OutboxId>), ApiError> {
    let (accepted, permit) = work.accept_and_audit(connection).await?;
    let sync = syncs::find(connection, accepted.id()).await?.ok_or(ApiError::NotFound(WHAT))?;
    Ok((CheckView::of(&sync), permit))
}
