//! `POST /api/geniacs/notification-rules`

use super::WHAT;
use super::new::{CheckedRule, new_rule};
use super::view::RuleView;
use crate::access::Caller;
use crate::answer;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::JsonBody;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::Data;
use domain::notification::Channel;
use futures_util::FutureExt as _;
use secrets::{ExposeSecret as _, KeyRing, Place, SecretString};
use serde_json::json;
use std::sync::Arc;
use storage::Connection;
use storage::notifications::rules::{self, SIGNING_SECRET_COLUMN, TABLE};
use storage::partners::integrations;

/// Makes a rule. A secret that a webhook needs and the request does not give is made.
pub(crate) async fn create_notification_rule(
    state: Data<State>,
    caller: Caller,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let mut asked = CheckedRule::read(body, state.outbound.guard())?;
    let made = (asked.secret.is_none() && asked.wish.channel == Channel::Webhook.as_str())
        .then(secrets::generate_webhook_secret);
    asked.secret = asked.secret.or_else(|| made.clone());

    let keys = state.keys.clone();
    let view = state.database.transaction(move |c| insert_rule(c, keys, caller, asked).boxed()).await?;

    // The only time that it is shown.
    let view = view.showing(made.map(|secret| secret.expose_secret().to_owned()));
    let version = view.version();
    let created = answer::created("Notification rule created successfully", json!({"notification_rule": view}));
    Ok(answer::tagged(created, version))
}

pub(crate) fn describe_create_notification_rule() -> Operation {
    let answer = Answer::one::<RuleView>("notification_rule").created("Notification rule created successfully");
    Operation::new("create_notification_rule", "Makes a rule for notices", answer.tagged())
        .about("Each thing that a rule is about is told once when it begins and, if wished, once when it is over. Webhooks \
                are signed POSTs of JSON: `X-Geniacs-Request-Signature` is the hex HMAC-SHA256 over \
                `timestamp.POST.path?query.body` under the rule's secret, with `X-Geniacs-Timestamp` in Unix seconds. A \
                `signing_secret` that is not given is made, and shown in this answer alone.")
        .body_of_like(new_rule(), json!({
            "name": "On call",
            "causes": ["integration_paused", "sync_failed"],
            "channel": "webhook",
            "url": "https://hooks.example.com/geniacs",
            "language": "en",
        }))
        .missing()
        .conflicts("a rule of this name exists (`duplicate_name`)")
}

async fn insert_rule(
    connection: &mut Connection,
    keys: Arc<KeyRing>,
    caller: Caller,
    asked: CheckedRule,
) -> Result<RuleView, ApiError> {
    check_integration(connection, asked.wish.integration_id).await?;
    let made = rules::insert(connection, asked.wish).await?;
    let id = made.id;
    // A secret is sealed for the id of its row, which is known only now.
    set_secret(connection, &keys, id, asked.secret.as_ref()).await?;

    let view = RuleView::from(made);
    let after = Some(answer::value(&view));
    let change =
        Change { action: "notification_rule.created", subject_type: WHAT, subject_id: id, before: None, after };
    audit::record_change(connection, &caller, change).await?;
    Ok(view)
}

/// Refuses an integration that is not there.
pub(super) async fn check_integration(connection: &mut Connection, id: Option<i64>) -> Result<(), ApiError> {
    if let Some(id) = id {
        integrations::find(connection, id).await?.ok_or(ApiError::NotFound("integration"))?;
    }
    Ok(())
}

/// Seals and stores a secret, if there is one.
pub(super) async fn set_secret(
    connection: &mut Connection,
    keys: &KeyRing,
    id: i64,
    secret: Option<&SecretString>,
) -> Result<(), ApiError> {
    if let Some(secret) = secret {
        let place = Place { table: TABLE, column: SIGNING_SECRET_COLUMN, row: id };
        rules::set_secret(connection, id, &keys.seal(&place, secret.expose_secret())).await?;
    }
    Ok(())
}
