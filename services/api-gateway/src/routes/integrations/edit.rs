//! `PATCH /api/geniacs/integrations/{id}`

use super::WHAT;
use super::connection::ConnectionTest;
use super::new::{self, CheckedIntegration};
use super::tested;
use super::view::{IntegrationView, integration_view};
use crate::access::Caller;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::{Fields, IfMatch, JsonBody};
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use std::sync::Arc;
use storage::Connection;
use storage::partners::{integrations, limits};

/// Changes the fields that are given; `configuration` and `rate_limits` are replaced as a whole. A secret that is given
/// takes the place of the old one at once.
pub(crate) async fn edit_integration(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    JsonBody(mut body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let (id, mut version) = (input::id(&request, WHAT)?, IfMatch::of(&request)?);
    let is_tested = new::is_tested(&mut body);

    let mut test = None;
    if is_tested {
        let (passed, tested) = test_first(&state, id, &version, body.clone()).await?;
        // What was tested is what is saved: another edit in between makes this one stale.
        (test, version) = (Some(passed), tested);
    }

    let edit = IntegrationEdit { id, version, is_tested, state: state.clone().into_inner(), caller, body };
    let view = state.database.transaction(move |c| edit.run(c).boxed()).await?;
    let version = view.version();
    let data = tested::with_test(json!({"integration": view}), test);
    Ok(answer::tagged(answer::done("Geniacs integration updated successfully", data), version))
}

/// Asks the partner of the integration as it is to be. Returns the version that was tested.
async fn test_first(
    state: &State,
    id: i64,
    version: &IfMatch,
    body: Fields,
) -> Result<(ConnectionTest, IfMatch), ApiError> {
    let row = state.database.run(move |c| async move { Ok(integrations::find(c, id).await?) }.boxed()).await?;
    let row = row.ok_or(ApiError::NotFound(WHAT))?;
    version.check(row.version)?;

    let asked = CheckedIntegration::edit(body, &row, state)?;
    let credentials = asked.credentials(Some(&row), &state.keys);
    let test = tested::passed(state, asked.partner(Some(&row)), credentials).await?;
    Ok((test, IfMatch::version(row.version)))
}

pub(crate) fn describe_edit_integration() -> Operation {
    let answer = Answer::one::<IntegrationView>("integration").and_at_times::<ConnectionTest>("connection_test");
    let answer = answer.says("Geniacs integration updated successfully").tagged();
    Operation::new("edit_integration", "Changes an integration", answer)
        .about("Fields that are not given stay as they are; null takes a field back to what it is without being told. \
                `configuration` and `rate_limits` are replaced as a whole. A secret that is given takes the place of the old \
                one at once. An `endpoint_url` with another scheme, host or port needs `api_key` and `api_secret` in the same \
                request: stored credentials are not sent to another host. With `test`, Geniacs is asked first, by the credentials \
                that are given or else stored, and nothing is saved unless it takes them: the answer is a 422 with the code \
                `connection_test_failed` then, and has the test in `error.connection_test`.")
        .body_of(new::integration_change())
        .if_match()
        .conflicts("an integration of this name exists (`duplicate_name`)")
}

struct IntegrationEdit {
    id: i64,
    version: IfMatch,
    is_tested: bool,
    state: Arc<State>,
    caller: Caller,
    body: Fields,
}

impl IntegrationEdit {
    async fn run(self, connection: &mut Connection) -> Result<IntegrationView, ApiError> {
        let Self { id, version, is_tested, state, caller, body } = self;
        let current = integrations::lock(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
        version.check(current.version)?;

        let asked = CheckedIntegration::edit(body, &current, &state)?;
        let replaced = asked.secrets_given();
        let before = answer::value(&integration_view(connection, current.clone()).await?);
        let changed = integrations::update(connection, asked.seal(id, Some(&current), &state.keys)).await?;

        let has_new_credentials = replaced.iter().any(|secret| secret.starts_with("api_"));
        if is_tested || has_new_credentials || changed.endpoint_url != current.endpoint_url {
            // They are worth a try: what waits goes on.
            limits::accept_credentials(connection, id).await?;
        }
        if replaced.contains(&"webhook_secret") {
            integrations::forget_previous_webhook_secret(connection, id).await?;
        }

        let view = integration_view(connection, changed).await?;
        let mut after = answer::value(&view);
        // Names only: a secret stands nowhere but sealed in its column.
        after["replaced_secrets"] = json!(replaced);
        if is_tested {
            after["tested"] = json!(true);
        }

        let change = Change {
            action: "integration.updated",
            subject_type: WHAT,
            subject_id: id,
            before: Some(before),
            after: Some(after),
        };
        audit::record_change(connection, &caller, change).await?;
        Ok(view)
    }
}
