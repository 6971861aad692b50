//! `POST /api/geniacs/notification-rules/{id}/rotate-secret`

use super::WHAT;
use super::create::set_secret;
use crate::access::Caller;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::NoBody;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use domain::notification::Channel;
use futures_util::FutureExt as _;
use secrets::{ExposeSecret as _, KeyRing, SecretString};
use serde_json::json;
use std::sync::Arc;
use storage::Connection;
use storage::notifications::rules;
use utoipa::ToSchema;

/// A secret that was just made.
#[derive(ToSchema)]
#[schema(as = RotatedSigningSecret)]
#[expect(dead_code, reason = "it describes the answer, which is put together from its parts")]
struct RotatedSecret {
    /// The rule's.
    id: i64,
    #[schema(example = "whsec_4b0f6d")]
    signing_secret: String,
}

/// Makes a new secret, which this answer alone shows, and which signs from now on.
pub(crate) async fn rotate_signing_secret(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    _: NoBody,
) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let made = secrets::generate_webhook_secret();
    let (keys, new) = (state.keys.clone(), made.clone());
    state.database.transaction(move |c| rotate_and_audit(c, id, keys, new, caller).boxed()).await?;
    let shown = json!({"id": id, "signing_secret": made.expose_secret()});
    Ok(answer::done("Signing secret rotated successfully", json!({"notification_rule": shown})))
}

pub(crate) fn describe_rotate_signing_secret() -> Operation {
    let answer = Answer::one::<RotatedSecret>("notification_rule").says("Signing secret rotated successfully");
    Operation::new("rotate_signing_secret", "Makes a new secret that signs a rule's webhooks", answer)
        .about("This answer alone shows it. It signs everything that is sent from now on.")
        .conflicts("the rule writes mail, which nothing signs (`no_signing_secret`)")
}

async fn rotate_and_audit(
    connection: &mut Connection,
    id: i64,
    keys: Arc<KeyRing>,
    new: SecretString,
    caller: Caller,
) -> Result<(), ApiError> {
    let current = rules::lock(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    if current.channel != Channel::Webhook.as_str() {
        let message = "the rule writes mail, which nothing signs".to_owned();
        return Err(ApiError::Conflict("no_signing_secret", message));
    }
    set_secret(connection, &keys, id, Some(&new)).await?;

    let change = Change {
        action: "notification_rule.secret_rotated",
        subject_type: WHAT,
        subject_id: id,
        before: None,
        after: Some(json!({"id": id})),
    };
    audit::record_change(connection, &caller, change).await
}
