//! `POST /api/geniacs/integrations/{id}/rotate-webhook-secret`

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
use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use secrets::{ExposeSecret as _, KeyRing, Place, SecretString};
use serde_json::{Value, json};
use std::sync::Arc;
use storage::Connection;
use storage::partners::integrations::{self, Integration, TABLE, WEBHOOK_SECRET_COLUMN};
use storage::webhooks::webhook_secrets;
use utoipa::ToSchema;

/// How long webhooks may still come under the old secret.
const GRACE_SECONDS: f64 = 24.0 * 3_600.0;

/// A webhook secret that was just made.
#[derive(ToSchema)]
#[schema(as = RotatedWebhookSecret)]
#[expect(dead_code, reason = "it describes the answer, which is put together from its parts")]
struct RotatedSecret {
    /// The integration's.
    id: i64,
    /// The integration's, for `If-Match`.
    version: i32,
    /// Null where there was no secret before.
    previous_valid_until: Option<DateTime<Utc>>,
    #[schema(example = "whsec_4b0f6d")]
    webhook_secret: String,
}

/// Makes a new webhook secret, which this answer alone shows. The old one stays valid for a day.
pub(crate) async fn rotate_webhook_secret(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    _: NoBody,
) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let made = secrets::generate_webhook_secret();
    let (keys, new) = (state.keys.clone(), made.clone());
    let mut data = state.database.transaction(move |c| rotate_and_audit(c, id, keys, new, caller).boxed()).await?;
    data["webhook_secret"] = json!(made.expose_secret());
    Ok(answer::done("Webhook secret rotated successfully", json!({"integration": data})))
}

pub(crate) fn describe_rotate_webhook_secret() -> Operation {
    let answer = Answer::one::<RotatedSecret>("integration").says("Webhook secret rotated successfully");
    Operation::new("rotate_webhook_secret", "Makes a new webhook secret", answer)
        .about("This answer alone shows it. The old one stays valid for a day.")
}

async fn rotate_and_audit(
    connection: &mut Connection,
    id: i64,
    keys: Arc<KeyRing>,
    new: SecretString,
    caller: Caller,
) -> Result<Value, ApiError> {
    let current = integrations::lock(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    let previous = sealed_as_previous(&current, &keys)?;
    let sealed = keys.seal(&Place { table: TABLE, column: WEBHOOK_SECRET_COLUMN, row: id }, new.expose_secret());
    let changed =
        integrations::rotate_webhook_secret(connection, id, &sealed, previous.as_deref(), GRACE_SECONDS).await?;
    let data =
        json!({"id": id, "version": changed.version, "previous_valid_until": changed.webhook_secret_previous_until});

    let change = Change {
        action: "integration.webhook_secret_rotated",
        subject_type: WHAT,
        subject_id: id,
        before: None,
        after: Some(data.clone()),
    };
    audit::record_change(connection, &caller, change).await?;
    Ok(data)
}

/// The current secret, sealed anew for the column of the previous one.
fn sealed_as_previous(current: &Integration, keys: &KeyRing) -> Result<Option<String>, ApiError> {
    let Some(sealed) = &current.webhook_secret else { return Ok(None) };
    let place = |column| Place { table: TABLE, column, row: current.id };
    let open = keys
        .open(&place(WEBHOOK_SECRET_COLUMN), sealed)
        .map_err(|_| ApiError::Internal("the current webhook secret cannot be opened"))?;
    // Sealed anew, because a sealed value opens in its own column only.
    Ok(Some(keys.seal(&place(webhook_secrets::PREVIOUS_COLUMN), open.expose_secret())))
}
