//! `POST /api/geniacs/integrations/{id}/test-connection`

use super::WHAT;
use super::connection::{self, ConnectionTest, Credentials, Partner};
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
use serde_json::json;
use storage::Connection;
use storage::partners::{integrations, limits};

/// Asks the partner how it is; 200 also when it is down. Success lets an integration go on whose credentials were refused.
pub(crate) async fn test_connection(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    _: NoBody,
) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let row = state.database.run(move |c| async move { Ok(integrations::find(c, id).await?) }.boxed()).await?;
    let row = row.ok_or(ApiError::NotFound(WHAT))?;
    // No connection is held while the partner answers.
    let test =
        connection::test_credentials(&state, Partner::of(&row), Credentials::of(&state.keys, &row, None, None)).await?;

    let succeeded = test.succeeded();
    state.database.transaction(move |c| record_test(c, id, succeeded, caller).boxed()).await?;

    let message = if succeeded { "Connection test successful" } else { "Connection test failed" };
    Ok(answer::done(message, json!({"connection_test": test})))
}

pub(crate) fn describe_test_connection() -> Operation {
    let answer = Answer::one::<ConnectionTest>("connection_test").says("Connection test successful");
    Operation::new("test_connection", "Asks Geniacs how it is", answer).about(
        "200 also when Geniacs is down: `status` says it, and `message` too. A success lets an integration go on whose \
                credentials had been refused.",
    )
}

/// Credentials that were refused are accepted after a success.
async fn record_test(connection: &mut Connection, id: i64, succeeded: bool, caller: Caller) -> Result<(), ApiError> {
    let (action, after) = if succeeded && limits::accept_credentials(connection, id).await? {
        ("integration.resumed", json!({"because": "a connection test passed"}))
    } else {
        ("integration.connection_tested", json!({"status": if succeeded { "success" } else { "failed" }}))
    };
    let change = Change { action, subject_type: WHAT, subject_id: id, before: None, after: Some(after) };
    audit::record_change(connection, &caller, change).await
}
