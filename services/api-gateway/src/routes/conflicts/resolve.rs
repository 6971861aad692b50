//! `POST /api/geniacs/conflicts/{id}/resolve`

use super::WHAT;
use super::choice::Decision;
use super::fitting::FittingCheck;
use super::resolve_many::decision_sync;
use super::view::{ConflictView, ResolveBody};
use crate::access::Caller;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::JsonBody;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input, wake};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use domain::conflict::ConflictState;
use domain::{EntityType, SyncStatus};
use futures_util::FutureExt as _;
use serde_json::json;
use std::sync::Arc;
use storage::Connection;
use storage::outbox::OutboxId;
use storage::records::conflicts::{self, ConflictRow};
use storage::runs::syncs;

/// Decides a conflict. The sync that it makes carries the decision out on both sides.
pub(crate) async fn resolve_conflict(
    state: Data<State>,
    http: HttpRequest,
    caller: Caller,
    JsonBody(mut body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let id = input::id(&http, WHAT)?;
    let decision = Decision::take(&mut body);
    let decision = body.finish(decision)?;

    let work = ResolveRequest { id, decision, state: state.clone().into_inner(), caller };
    let (conflict, sync_id, permit) = state.database.transaction(move |c| work.run(c).boxed()).await?;
    wake::wake_worker(&state, permit);
    Ok(answer::done("Conflict resolution accepted", json!({"conflict": conflict, "sync_id": sync_id})))
}

pub(crate) fn describe_resolve_conflict() -> Operation {
    let answer = Answer::one::<ConflictView>("conflict").and_id("sync_id", "The sync that carries it out");
    Operation::new("resolve_conflict", "Decides a conflict", answer.says("Conflict resolution accepted"))
        .about("With `merge`, `fields` says for every field of the conflict whose value holds.")
        .body_like::<ResolveBody>(
            json!({"resolution": "merge", "fields": {"email": "local", "name": {"value": "Siti Rahayu"}}}),
        )
        .conflicts("it is decided or resolved already (`conflict_not_open`)")
        .conflicts("the integration is not active (`integration_inactive`)")
        .conflicts("its syncs are turned off (`sync_disabled`)")
        .conflicts("as many syncs of the integration wait as may (`too_many_pending`)")
}

struct ResolveRequest {
    id: i64,
    decision: Decision,
    state: Arc<State>,
    caller: Caller,
}

impl ResolveRequest {
    async fn run(self, connection: &mut Connection) -> Result<(ConflictView, i64, Option<OutboxId>), ApiError> {
        let found = conflicts::find(connection, self.id).await?.ok_or(ApiError::NotFound(WHAT))?;
        let entity: EntityType =
            found.entity_type.parse().map_err(|_| ApiError::Internal("a conflict's entity is unknown"))?;
        check_open(connection, &found).await?;

        let of = (found.integration_id, entity);
        let rows = std::slice::from_ref(&found);
        // Checked before anything is locked, because compiling rules takes time.
        let fitting = FittingCheck::read(connection, &self.state, of, &self.decision, rows).await?;
        fitting.check(&self.decision, &found)?;

        // The integration is locked before the conflict.
        let (caller, records) = (self.caller.clone(), vec![found.local_id]);
        let sync = decision_sync(&self.state, caller, found.integration_id, entity, records);
        let (sync_id, permit) = sync.accept_as_part(connection).await?;
        // It may have been decided since it was read without a lock.
        let row = conflicts::lock(connection, self.id).await?.ok_or(ApiError::NotFound(WHAT))?;
        check_open(connection, &row).await?;

        let decision = json!({"fields": self.decision.fields, "sync_id": sync_id});
        let resolution = self.decision.resolution;
        let decided = conflicts::decide(connection, self.id, resolution, &decision, self.caller.user_id).await?;

        let shown = json!({"state": decided.state, "resolution": resolution, "fields": self.decision.names(), "sync_id": sync_id});
        let change = Change {
            action: "conflict.decided",
            subject_type: WHAT,
            subject_id: self.id,
            before: Some(json!({"state": row.state})),
            after: Some(shown),
        };
        audit::record_change(connection, &self.caller, change).await?;
        Ok((decided.into(), sync_id, permit))
    }
}

/// A conflict can be decided while it is open, and again once the sync that was to carry a decision out ended without.
async fn check_open(connection: &mut Connection, row: &ConflictRow) -> Result<(), ApiError> {
    let state: ConflictState = row.state.parse().map_err(|_| ApiError::Internal("a conflict's state is unknown"))?;
    let refuse = |message: String| Err(ApiError::Conflict("conflict_not_open", message));
    match state {
        ConflictState::Open => Ok(()),
        ConflictState::Resolved => refuse(format!("conflict {} is resolved", row.id)),
        ConflictState::Decided => {
            let sync_id = row.decision.as_ref().and_then(|decision| decision.get("sync_id")?.as_i64());
            let sync = match sync_id {
                Some(id) => syncs::find(connection, id).await?,
                None => None,
            };
            let ended = |status: &str| status.parse().is_ok_and(SyncStatus::is_final);
            if sync.as_ref().is_none_or(|sync| ended(&sync.status)) {
                return Ok(());
            }
            refuse(format!(
                "conflict {} is decided already; sync {} carries it out",
                row.id,
                sync_id.unwrap_or_default()
            ))
        }
    }
}
