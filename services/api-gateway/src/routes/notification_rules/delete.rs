//! `DELETE /api/geniacs/notification-rules/{id}`

use super::WHAT;
use super::view::RuleView;
use crate::access::Caller;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::{IfMatch, NoBody};
use crate::openapi::{Answer, Deleted, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::notifications::rules;

/// Deletes a rule with everything that it has told or was to tell.
pub(crate) async fn delete_notification_rule(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    _: NoBody,
) -> Result<HttpResponse, ApiError> {
    let (id, version) = (input::id(&request, WHAT)?, IfMatch::of(&request)?);
    state.database.transaction(move |c| remove_rule(c, id, version, caller).boxed()).await?;
    Ok(answer::done("Notification rule deleted successfully", json!({"notification_rule": {"id": id}})))
}

pub(crate) fn describe_delete_notification_rule() -> Operation {
    let answer = Answer::one::<Deleted>("notification_rule").says("Notification rule deleted successfully");
    Operation::new("delete_notification_rule", "Deletes a rule for notices with everything that it has told", answer)
        .if_match()
}

async fn remove_rule(connection: &mut Connection, id: i64, version: IfMatch, caller: Caller) -> Result<(), ApiError> {
    let current = rules::lock(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    version.check(current.version)?;
    rules::delete(connection, id).await?;

    let before = Some(answer::value(&RuleView::from(current)));
    let change =
        Change { action: "notification_rule.deleted", subject_type: WHAT, subject_id: id, before, after: None };
    audit::record_change(connection, &caller, change).await
}
