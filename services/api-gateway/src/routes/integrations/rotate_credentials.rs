//! `POST /api/geniacs/integrations/{id}/rotate-credentials`

use super::WHAT;
use super::body::{CredentialsBody, CredentialsRotated};
use super::connection::{self, ConnectionTest, Credentials, Partner};
use crate::access::Caller;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::{Fields, IfMatch, JsonBody, rule};
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use domain::Reason;
use domain::integration::Invalid;
use futures_util::FutureExt as _;
use secrets::{ExposeSecret as _, KeyRing, Place, SecretString};
use serde_json::json;
use std::sync::Arc;
use storage::Connection;
use storage::partners::integrations::{self, API_KEY_COLUMN, API_SECRET_COLUMN, Integration, TABLE};
use storage::partners::limits;

/// Puts an API key, an API secret or both in the place of the old ones. Unless `test` is false, the partner is asked
/// first, and only what it takes replaces what works. Running syncs go on with the new ones.
pub(crate) async fn rotate_credentials(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let version = IfMatch::of(&request)?;
    let asked = NewCredentials::read(body)?;
    let row = state.database.run(move |c| async move { Ok(integrations::find(c, id).await?) }.boxed()).await?;
    let row = row.ok_or(ApiError::NotFound(WHAT))?;
    version.check(row.version)?;

    let connection_test = if asked.test { Some(passed_test(&state, &row, &asked).await?) } else { None };
    // What was tested is what is replaced: an edit in between makes this rotation stale.
    let swap = CredentialsSwap { id, tested: IfMatch::version(row.version), asked, keys: state.keys.clone(), caller };
    let replaced = swap.asked.replaced();
    let version = state.database.transaction(move |c| swap.run(c).boxed()).await?;

    let integration = json!({"id": id, "version": version, "replaced_secrets": replaced});
    let data = json!({"integration": integration, "connection_test": connection_test});
    Ok(answer::tagged(answer::done("Credentials rotated successfully", data), version))
}

pub(crate) fn describe_rotate_credentials() -> Operation {
    let answer = Answer::one::<CredentialsRotated>("integration").and_maybe::<ConnectionTest>("connection_test");
    Operation::new(
        "rotate_credentials",
        "Replaces the API key, the API secret or both",
        answer.says("Credentials rotated successfully").tagged(),
    )
    .about(
        "Geniacs is asked first whether it takes them, unless `test` is false; then `connection_test` is null. Running syncs go \
         on with the new ones.",
    )
    .if_match()
    .body::<CredentialsBody>()
    .conflicts("they could not be tested (`credentials_untested`)")
}

struct NewCredentials {
    api_key: Option<SecretString>,
    api_secret: Option<SecretString>,
    test: bool,
}

impl NewCredentials {
    fn read(mut body: Fields) -> Result<Self, ApiError> {
        let api_key = body.optional("api_key", rule::header_secret(4_096)).map(SecretString::from);
        let api_secret = body.optional("api_secret", rule::secret(4_096)).map(SecretString::from);
        if api_key.is_none() && api_secret.is_none() && body.is_fine() {
            body.problem("api_key", Reason::new("required", "is required, or api_secret, or both"));
        }

        let test = body.optional("test", rule::flag).unwrap_or(true);
        body.finish(Some(Self { api_key, api_secret, test }))
    }

    /// The names of what is replaced.
    fn replaced(&self) -> Vec<&'static str> {
        let all = [("api_key", &self.api_key), ("api_secret", &self.api_secret)];
        all.into_iter().filter(|(_, secret)| secret.is_some()).map(|(name, _)| name).collect()
    }
}

/// Asks the partner; what it refuses, and what it could not be asked about, replaces nothing.
async fn passed_test(state: &State, row: &Integration, asked: &NewCredentials) -> Result<ConnectionTest, ApiError> {
    let credentials = Credentials::of(&state.keys, row, asked.api_key.as_ref(), asked.api_secret.as_ref());
    let test = connection::test_credentials(state, Partner::of(row), credentials).await?;
    if test.succeeded() {
        return Ok(test);
    }

    if test.refused() {
        let status = test.status_code.unwrap_or_default();
        let message = format!("Geniacs does not take it (HTTP {status}); nothing was changed");
        let reason = Reason::new("credentials_refused", message).with("status", status);
        let wrong = asked.replaced().into_iter().map(|field| Invalid::new(field, reason.clone()));
        return Err(ApiError::Invalid(wrong.collect()));
    }

    let reason = test.error.unwrap_or_default();
    let sentence = format!(
        "nothing was changed, since the new credentials could not be tested: {reason}; try again, or send `test`: false"
    );
    Err(ApiError::Conflict("credentials_untested", sentence))
}

struct CredentialsSwap {
    id: i64,
    /// What the test was made with.
    tested: IfMatch,
    asked: NewCredentials,
    keys: Arc<KeyRing>,
    caller: Caller,
}

impl CredentialsSwap {
    /// Returns the new version, by which workers notice.
    async fn run(self, connection: &mut Connection) -> Result<i32, ApiError> {
        let Self { id, tested, asked, keys, caller } = self;
        let current = integrations::lock(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
        tested.check(current.version)?;

        let seal = |column, secret: &Option<SecretString>| {
            let place = Place { table: TABLE, column, row: id };
            secret.as_ref().map(|secret| keys.seal(&place, secret.expose_secret()))
        };
        let (key, secret) = (seal(API_KEY_COLUMN, &asked.api_key), seal(API_SECRET_COLUMN, &asked.api_secret));
        let version = integrations::replace_credentials(connection, id, key.as_deref(), secret.as_deref()).await?;
        // They are worth a try: what waits goes on.
        limits::accept_credentials(connection, id).await?;

        // Only the names are written down: a secret stands nowhere but sealed in its column.
        let after = json!({"version": version, "replaced_secrets": asked.replaced(), "tested": asked.test});
        let action = "integration.credentials_rotated";
        let change = Change { action, subject_type: WHAT, subject_id: id, before: None, after: Some(after) };
        audit::record_change(connection, &caller, change).await?;
        Ok(version)
    }
}
