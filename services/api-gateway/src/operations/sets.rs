//! One set of an operation, of each kind.

use super::accept::OperationKind;
use super::resolve;
use crate::error::ApiError;
use crate::routes::{requeue_letter, start_retry_sync};
use crate::state::State;
use futures_util::FutureExt as _;
use std::sync::Arc;
use storage::console::operations::{FailedItem, Operation};
use storage::outbox::OutboxId;
use storage::webhooks::webhook_events;
use storage::{AsyncConnection as _, Connection};

/// The result of a set. Things that are named in neither list are tried again.
#[derive(Default)]
pub(super) struct SetOutcome {
    pub(super) done: Vec<i64>,
    pub(super) failed: Vec<FailedItem>,
    /// Permits of the syncs that were started, to be published after the commit.
    pub(super) permits: Vec<OutboxId>,
}

/// How many things one transaction takes: more where one statement changes all of them.
pub(super) const fn set_size(kind: OperationKind) -> i64 {
    match kind {
        OperationKind::Replay => 500,
        OperationKind::Resolve => 200,
        OperationKind::Retry | OperationKind::Requeue => 20,
    }
}

pub(super) async fn carry_out_set(
    connection: &mut Connection,
    state: &Arc<State>,
    operation: &Operation,
    kind: OperationKind,
    items: &[i64],
) -> Result<SetOutcome, ApiError> {
    match kind {
        OperationKind::Replay => replay_events(connection, items).await,
        OperationKind::Resolve => resolve::resolve_conflicts(connection, state, operation, items).await,
        OperationKind::Retry | OperationKind::Requeue => one_by_one(connection, state, operation, kind, items).await,
    }
}

async fn replay_events(connection: &mut Connection, items: &[i64]) -> Result<SetOutcome, ApiError> {
    let (done, gone) = webhook_events::replay_named(connection, items).await?;
    let gone = gone.into_iter().map(|id| failed_item(id, &ApiError::NotFound("webhook event")));
    Ok(SetOutcome { done, failed: gone.collect(), permits: Vec::new() })
}

/// Each by itself, behind a savepoint: what is refused for one is no matter of the others.
async fn one_by_one(
    connection: &mut Connection,
    state: &Arc<State>,
    operation: &Operation,
    kind: OperationKind,
    items: &[i64],
) -> Result<SetOutcome, ApiError> {
    let mut outcome = SetOutcome::default();
    for id in items.iter().copied() {
        let caller = super::carry_out::operation_caller(state, operation);
        let state = state.clone();
        let tried = connection
            .transaction(async move |connection| match kind {
                OperationKind::Retry => start_retry_sync(connection, state, caller, id).await,
                _ => requeue_letter(connection, id).await.map(|_| None),
            })
            .boxed()
            .await;

        match tried {
            Ok(permit) => {
                outcome.done.push(id);
                outcome.permits.extend(permit);
            }
            // This says nothing about the thing: the whole set is tried again.
            Err(ApiError::DatabaseAway) => return Err(ApiError::DatabaseAway),
            Err(error) => outcome.failed.push(failed_item(id, &error)),
        }
    }
    Ok(outcome)
}

/// Why it could not be done with one thing.
pub(super) fn failed_item(subject_id: i64, error: &ApiError) -> FailedItem {
    FailedItem { subject_id, code: error.code().to_owned(), message: error.to_string() }
}
