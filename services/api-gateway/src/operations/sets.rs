//! One set of an operation, of each kind.

use super::accept::Kind;
use super::resolve;
use crate::error::ApiError;
use crate::routes::{requeue_letter, retry_sync};
use crate::state::State;
use futures_util::FutureExt as _;
use std::sync::Arc;
use storage::console::operations::{FailedItem, Operation};
use storage::outbox::OutboxId;
use storage::webhooks::webhook_events;
use storage::{AsyncConnection as _, Connection};

/// The result of a set. Things that are named in neither list are tried again.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) done: Vec<i64>,
    pub(super) failed: Vec<FailedItem>,
    /// Permits of the syncs that were started, to be published after the commit.
    pub(super) permits: Vec<OutboxId>,
}

/// How many things one transaction takes: those that one statement changes are more.
pub(super) const fn size(kind: Kind) -> i64 {
    match kind {
        Kind::Replay => 500,
        Kind::Resolve => 200,
        Kind::Retry | Kind::Requeue => 20,
    }
}

pub(super) async fn run(
    connection: &mut Connection,
    state: &Arc<State>,
    operation: &Operation,
    kind: Kind,
    items: &[i64],
) -> Result<Outcome, ApiError> {
    match kind {
        Kind::Replay => replay(connection, items).await,
        Kind::Resolve => resolve::run(connection, state, operation, items).await,
        Kind::Retry | Kind::Requeue => one_by_one(connection, state, operation, kind, items).await,
    }
}

async fn replay(connection: &mut Connection, items: &[i64]) -> Result<Outcome, ApiError> {
    let (done, gone) = webhook_events::replay_named(connection, items).await?;
    let gone = gone.into_iter().map(|id| failed(id, &ApiError::NotFound("webhook event")));
    Ok(Outcome { done, failed: gone.collect(), permits: Vec::new() })
}

/// Each by itself, behind a savepoint: what is refused for one is no matter of the others.
async fn one_by_one(
    connection: &mut Connection,
    state: &Arc<State>,
    operation: &Operation,
    kind: Kind,
    items: &[i64],
) -> Result<Outcome, ApiError> {
    let mut outcome = Outcome::default();
    for id in items.iter().copied() {
        let caller = super::carry_out::caller(state, operation);
        let state = state.clone();
        let tried = connection
            .transaction(async move |connection| match kind {
                Kind::Retry => retry_sync(connection, state, caller, id).await,
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
            Err(error) => outcome.failed.push(failed(id, &error)),
        }
    }
    Ok(outcome)
}

/// Why it could not be done with one thing.
pub(super) fn failed(subject_id: i64, error: &ApiError) -> FailedItem {
    FailedItem { subject_id, code: error.code().to_owned(), message: error.to_string() }
}
