//! `POST /api/geniacs/notification-rules/{id}/test`

use super::WHAT;
use crate::access::Caller;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::NoBody;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use storage::Connection;
use storage::notifications::rules;
use utoipa::ToSchema;

/// A test that is on its way.
#[derive(ToSchema)]
#[schema(as = NotificationTest)]
#[expect(dead_code, reason = "it describes the answer, which is put together from its parts")]
struct RuleTest {
    rule_id: i64,
    /// Their numbers among the notifications, one for each address.
    notification_ids: Vec<i64>,
}

/// Has a test sent the way that notices go, to each address of a rule.
pub(crate) async fn test_notification_rule(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    _: NoBody,
) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let test = state.database.transaction(move |c| send_and_audit(c, id, caller).boxed()).await?;
    Ok(answer::done("Test is on its way", json!({"test": test})))
}

pub(crate) fn describe_test_notification_rule() -> Operation {
    let answer = Answer::one::<RuleTest>("test").says("Test is on its way");
    Operation::new("test_notification_rule", "Sends a test the way that a rule's notices go", answer)
        .about("Also while the rule is switched off. The list of notifications says how it goes.")
}

async fn send_and_audit(connection: &mut Connection, id: i64, caller: Caller) -> Result<Value, ApiError> {
    rules::lock(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    let test = json!({"rule_id": id, "notification_ids": rules::send_test(connection, id).await?});

    let change = Change {
        action: "notification_rule.tested",
        subject_type: WHAT,
        subject_id: id,
        before: None,
        after: Some(test.clone()),
    };
    audit::record_change(connection, &caller, change).await?;
    Ok(test)
}
