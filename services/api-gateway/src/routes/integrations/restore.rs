//! `POST /api/geniacs/integrations/{id}/restore`

use super::WHAT;
use super::view::{IntegrationView, integration_view};
use crate::access::Caller;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::{JsonBody, rule};
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use secrets::{ExposeSecret as _, KeyRing, Place, SecretString};
use serde_json::json;
use std::sync::Arc;
use storage::Connection;
use storage::partners::integrations::{self, API_KEY_COLUMN, API_SECRET_COLUMN, TABLE};
use utoipa::ToSchema;

/// What an archived integration needs to work again.
#[derive(ToSchema)]
#[schema(as = IntegrationRestore)]
#[expect(dead_code, reason = "it describes the body, which is read field by field")]
struct RestoreBody {
    /// Its own unless given: another one may have taken that meanwhile.
    #[schema(min_length = 1, max_length = 255)]
    name: Option<String>,
    /// Archiving has wiped what was there.
    #[schema(min_length = 1, max_length = 4_096, example = "geniacs_api_key_12345")]
    api_key: String,
    #[schema(min_length = 1, max_length = 4_096, example = "geniacs_api_secret_67890")]
    api_secret: String,
}

/// Takes an integration out of the archive. It stays switched off, and so do its schedules.
pub(crate) async fn restore_integration(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    JsonBody(mut body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let name = body.optional("name", rule::text(1, 255));
    let api_key = body.required("api_key", rule::header_secret(4_096)).map(SecretString::from);
    let api_secret = body.required("api_secret", rule::secret(4_096)).map(SecretString::from);
    let (api_key, api_secret) = body.finish(api_key.zip(api_secret))?;

    let restore = IntegrationRestore { id, name, api_key, api_secret, keys: state.keys.clone(), caller };
    let integration = state.database.transaction(move |c| restore.run(c).boxed()).await?;
    let version = integration.version();
    let done = answer::done("Geniacs integration restored successfully", json!({"integration": integration}));
    Ok(answer::tagged(done, version))
}

pub(crate) fn describe_restore_integration() -> Operation {
    let answer = Answer::one::<IntegrationView>("integration").says("Geniacs integration restored successfully");
    Operation::new("restore_integration", "Takes an integration out of the archive", answer.tagged())
        .about("It stays switched off, and so do its schedules: switch on what is wanted. 404 where none is archived under the number.")
        .body_like::<RestoreBody>(json!({"api_key": "geniacs_api_key_12345", "api_secret": "geniacs_api_secret_67890"}))
        .conflicts("another integration has its name (`duplicate_name`)")
}

struct IntegrationRestore {
    id: i64,
    name: Option<String>,
    api_key: SecretString,
    api_secret: SecretString,
    keys: Arc<KeyRing>,
    caller: Caller,
}

impl IntegrationRestore {
    async fn run(self, connection: &mut Connection) -> Result<IntegrationView, ApiError> {
        let Self { id, name, api_key, api_secret, keys, caller } = self;
        let archived = integrations::lock_archived(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
        let name = name.unwrap_or_else(|| archived.name.clone());
        let before = Some(answer::value(&integration_view(connection, archived).await?));

        let seal =
            |column, secret: &SecretString| keys.seal(&Place { table: TABLE, column, row: id }, secret.expose_secret());
        let (key, secret) = (seal(API_KEY_COLUMN, &api_key), seal(API_SECRET_COLUMN, &api_secret));
        let restored = integrations::restore(connection, id, &name, &key, &secret).await?;

        let restored = integration_view(connection, restored).await?;
        let after = Some(answer::value(&restored));
        let change = Change { action: "integration.restored", subject_type: WHAT, subject_id: id, before, after };
        audit::record_change(connection, &caller, change).await?;
        Ok(restored)
    }
}
