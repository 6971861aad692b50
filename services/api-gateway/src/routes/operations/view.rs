//! An operation as callers see it.

use crate::answer;
use crate::openapi::{Answer, names};
use crate::state::State;
use actix_web::HttpResponse;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use storage::console::operations::{FailedItem, Operation};
use utoipa::ToSchema;

const MESSAGE: &str = "The operation was accepted";

/// An operation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Operation)]
pub(in crate::routes) struct OperationView {
    id: i64,
    #[schema(value_type = names::OperationKind)]
    kind: String,
    #[schema(value_type = names::OperationState)]
    state: &'static str,
    /// As it was sent.
    #[schema(value_type = Object, example = json!({"state": "set_aside"}))]
    filter: Value,
    /// What is done beyond its kind.
    #[schema(value_type = Object, example = json!({}))]
    arguments: Value,
    /// Things that the filter found when it was accepted.
    total: i32,
    done: i32,
    failed: i32,
    left: i32,
    user_id: Option<i64>,
    #[schema(example = "siti@example.com")]
    actor: String,
    created_at: DateTime<Utc>,
    completed_at: Option<DateTime<Utc>>,
}

/// Something with which it could not be done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OperationFailure)]
pub(super) struct FailureView {
    /// The number of the event, sync, conflict or dead letter.
    id: i64,
    #[schema(example = "conflict_not_open")]
    code: String,
    #[schema(example = "conflict 7 is decided or resolved already")]
    message: String,
}

/// 202 with an operation that goes on from here.
pub(in crate::routes) fn answer_accepted(state: &State, operation: Operation) -> HttpResponse {
    // It begins here at once; another gateway would notice it at its next look.
    state.operations.notify_one();
    answer::accepted(MESSAGE, json!({"operation": OperationView::from(operation)}))
}

impl OperationView {
    /// How a request is answered that makes one.
    pub(in crate::routes) fn answer() -> Answer {
        Answer::one::<Self>("operation").accepted(MESSAGE)
    }
}

impl From<Operation> for OperationView {
    fn from(row: Operation) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            state: if row.completed_at.is_some() { "done" } else { "running" },
            filter: row.filter,
            arguments: row.arguments,
            total: row.total,
            done: row.done,
            failed: row.failed,
            left: row.total - row.done - row.failed,
            user_id: row.user_id,
            actor: row.actor,
            created_at: row.created_at,
            completed_at: row.completed_at,
        }
    }
}

impl From<FailedItem> for FailureView {
    fn from(item: FailedItem) -> Self {
        Self { id: item.subject_id, code: item.code, message: item.message }
    }
}
