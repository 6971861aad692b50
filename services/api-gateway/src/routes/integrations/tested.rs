//! Testing an integration before it is saved.

use super::connection::{self, ConnectionTest, Credentials, Partner};
use crate::answer;
use crate::error::ApiError;
use crate::state::State;
use domain::Reason;
use domain::integration::Invalid;
use serde_json::Value;

/// Asks the partner of an integration that is to be saved. What does not pass is not saved, and the answer says why.
pub(super) async fn passed(
    state: &State,
    partner: Partner,
    credentials: Result<Credentials, String>,
) -> Result<ConnectionTest, ApiError> {
    let test = connection::test_credentials(state, partner, credentials).await?;
    if test.succeeded() {
        return Ok(test);
    }

    Err(ApiError::ConnectionTestFailed { details: fields_to_look_at(&test), test: answer::value(&test) })
}

/// An answer's data, with the test where one was made.
pub(super) fn with_test(mut data: Value, test: Option<ConnectionTest>) -> Value {
    if let Some(test) = test {
        data["connection_test"] = answer::value(&test);
    }
    data
}

/// The fields that a person looks at then.
fn fields_to_look_at(test: &ConnectionTest) -> Vec<Invalid> {
    let error = test.error.clone().unwrap_or_default();
    if test.is_unsent() {
        return vec![Invalid::new("test", Reason::new("rate_limited", error))];
    }
    if test.refused() {
        let status = test.status_code.unwrap_or_default();
        let message = format!("Geniacs does not take it (HTTP {status})");
        let reason = Reason::new("credentials_refused", message).with("status", status);
        return vec![Invalid::new("api_key", reason.clone()), Invalid::new("api_secret", reason)];
    }
    vec![Invalid::new("endpoint_url", Reason::new("connection_failed", error))]
}
