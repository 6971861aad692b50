//! `POST /api/geniacs/integrations`

use super::connection::ConnectionTest;
use super::defaults;
use super::new::{self, CheckedIntegration};
use super::tested;
use super::view::{CreatedView, integration_view};
use crate::access::Caller;
use crate::answer;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::JsonBody;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::Data;
use futures_util::FutureExt as _;
use secrets::ExposeSecret as _;
use serde_json::{Value, json};
use storage::Connection;
use storage::partners::integrations;

/// What every row begins with.
const FIRST_VERSION: i32 = 1;

/// Makes an integration with the specification's default schedules and mappings.
pub(crate) async fn create_integration(
    state: Data<State>,
    caller: Caller,
    JsonBody(mut body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let is_tested = new::is_tested(&mut body);
    let mut asked = CheckedIntegration::read(body, &state)?;
    let mut test = None;
    if is_tested {
        test = Some(tested::passed(&state, asked.partner(None), asked.credentials(None, &state.keys)).await?);
    }

    let made_secret = asked.complete();
    let shared = state.clone().into_inner();
    let mut integration =
        state.database.transaction(move |c| insert_integration(c, shared, caller, asked, is_tested).boxed()).await?;

    if let Some(secret) = made_secret {
        // The only time that it is shown.
        integration["webhook_secret"] = json!(secret.expose_secret());
    }

    let data = tested::with_test(json!({"integration": integration}), test);
    Ok(answer::tagged(answer::created("Geniacs integration created successfully", data), FIRST_VERSION))
}

pub(crate) fn describe_create_integration() -> Operation {
    let answer = Answer::one::<CreatedView>("integration").and_at_times::<ConnectionTest>("connection_test");
    let answer = answer.created("Geniacs integration created successfully");
    Operation::new("create_integration", "Makes an integration", answer)
        .about("It gets the default schedules and mappings. A `webhook_secret` that is not given is made, and shown in this \
                answer alone. With `test`, Geniacs is asked first, and nothing is saved unless it takes the credentials: the \
                answer is a 422 with the code `connection_test_failed` then, and has the test in `error.connection_test`.")
        .body_of_like(new::new_integration(), json!({
            "name": "Geniacs",
            "endpoint_url": "https://api.geniacs.example/v1",
            "api_key": "gk_live_8d1f",
            "api_secret": "gs_live_70c2",
            "configuration": {"auto_sync": true, "sync_interval": "5m", "conflict_policy": "newest"},
            "rate_limits": {"requests_per_minute": 100},
        }))
        .conflicts("an integration of this name exists (`duplicate_name`)")
}

async fn insert_integration(
    connection: &mut Connection,
    state: std::sync::Arc<State>,
    caller: Caller,
    asked: CheckedIntegration,
    is_tested: bool,
) -> Result<Value, ApiError> {
    // A secret is sealed for the id of its row, which is therefore taken before the row is made.
    let id = integrations::next_id(connection).await?;
    let row = integrations::insert(connection, &asked.seal(id, None, &state.keys)).await?;
    defaults::insert_defaults(connection, &state, id).await?;

    let made = answer::value(&integration_view(connection, row).await?);
    let mut after = made.clone();
    if is_tested {
        after["tested"] = json!(true);
    }

    let change = Change {
        action: "integration.created",
        subject_type: "integration",
        subject_id: id,
        before: None,
        after: Some(after),
    };
    audit::record_change(connection, &caller, change).await?;
    Ok(made)
}
