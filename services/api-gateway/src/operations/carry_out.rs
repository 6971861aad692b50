//! Carrying operations out, in the background, until the shutdown.

use super::accept::OperationKind;
use super::sets::{self, SetOutcome};
use crate::error::ApiError;
use crate::state::State;
use actix_web::web::Data;
use futures_util::FutureExt as _;
use service::CancellationToken;
use std::sync::Arc;
use std::time::Duration;
use storage::Connection;
use storage::console::operations::{self, FailedItem, Operation};
use storage::outbox::OutboxId;

/// Time between two looks where nothing is to be done. A new operation wakes its own gateway.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Sets that may fail one after another before what is left is given up.
const MOST_ATTEMPTS: i32 = 12;

/// Does what operations ask for, set by set, until `shutdown` fires. A set that has begun is finished or rolled back.
pub(crate) async fn carry_out_operations(state: Data<State>, shutdown: CancellationToken) {
    while !shutdown.is_cancelled() {
        match one_set(&state).await {
            Ok(true) => {}
            Ok(false) => {
                let look = async {
                    tokio::select! {
                        () = tokio::time::sleep(LOOK_EVERY) => {}
                        () = state.operations.notified() => {}
                    }
                };
                shutdown.run_until_cancelled(look).await;
            }
            Err(error) => {
                tracing::warn!(%error, "operations cannot go on for now; they are kept");
                shutdown.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await;
            }
        }
    }
}

/// A set that is done.
struct FinishedSet {
    id: i64,
    kind: OperationKind,
    permits: Vec<OutboxId>,
    is_progress: bool,
}

/// Does the next set of some operation. False: nothing is to be done.
async fn one_set(state: &Data<State>) -> Result<bool, ApiError> {
    // Known outside of the transaction, which a failure rolls back.
    let claimed = state.database.run(|c| async move { Ok(next_operation(c).await?) }.boxed()).await?;
    let Some(id) = claimed else { return Ok(false) };

    let shared = state.clone().into_inner();
    let done = state.database.transaction(move |c| async move { set_of(c, shared, id).await }.boxed()).await;

    match done {
        Ok(None) => Ok(false),
        Ok(Some(set)) => {
            wake_workers(state, &set);
            if !set.is_progress {
                put_off(state, set.id).await?;
            }
            Ok(true)
        }
        Err(error) => {
            tracing::warn!(operation_id = id, %error, "a set of an operation failed; it is tried again");
            put_off(state, id).await?;
            Ok(true)
        }
    }
}

/// The number of the first operation that is to go on.
async fn next_operation(connection: &mut Connection) -> storage::Result<Option<i64>> {
    Ok(operations::claim(connection).await?.map(|operation| operation.id))
}

async fn set_of(connection: &mut Connection, state: Arc<State>, id: i64) -> Result<Option<FinishedSet>, ApiError> {
    // Another gateway may have been quicker.
    let Some(operation) = operations::claim(connection).await?.filter(|claimed| claimed.id == id) else {
        return Ok(None);
    };
    let kind = OperationKind::of(&operation.kind).ok_or(ApiError::Internal("an operation of an unknown kind"))?;
    let items = operations::next_items(connection, id, sets::set_size(kind)).await?;
    let outcome = sets::carry_out_set(connection, &state, &operation, kind, &items).await?;

    let SetOutcome { done, failed, permits } = outcome;
    // A set of which nothing was done or failed must not be tried again at once.
    let is_progress = !done.is_empty() || !failed.is_empty() || items.is_empty();
    operations::note(connection, id, &done, &failed).await?;
    Ok(Some(FinishedSet { id, kind, permits, is_progress }))
}

fn wake_workers(state: &Data<State>, set: &FinishedSet) {
    for permit in &set.permits {
        crate::wake::wake_worker(state, Some(*permit));
    }
    if matches!(set.kind, OperationKind::Replay | OperationKind::Requeue) {
        crate::wake::wake_webhook_workers(state);
    }
}

/// Lets an operation wait. After too many failures in a row, it ends, and everything left counts as failed.
async fn put_off(state: &Data<State>, id: i64) -> Result<(), ApiError> {
    state.database.transaction(move |c| async move { Ok(give_up_late(c, id).await?) }.boxed()).await
}

async fn give_up_late(connection: &mut Connection, id: i64) -> storage::Result<()> {
    if operations::put_off(connection, id).await? < MOST_ATTEMPTS {
        return Ok(());
    }

    let left = operations::next_items(connection, id, operations::MAX_ITEMS).await?;
    let given_up = |subject_id| FailedItem {
        subject_id,
        code: "given_up".to_owned(),
        message: "it was tried again and again, and failed each time".to_owned(),
    };
    let failed: Vec<FailedItem> = left.into_iter().map(given_up).collect();
    operations::note(connection, id, &[], &failed).await
}

/// Who asked for an operation, for what is done in its name.
pub(super) fn operation_caller(state: &State, operation: &Operation) -> crate::access::Caller {
    crate::access::Caller::of_operation(state.log.clone(), operation)
}
