//! Notices to programs: a signed POST of one JSON object.

use chrono::{SecondsFormat, Utc};
use domain::notification::Tells;
use geniacs::{Outbound, SIGNATURE_HEADER, TIMESTAMP_HEADER, request_signature};
use secrecy::SecretString;
use secrets::Place;
use serde_json::{Value, json};
use service::Settings;
use storage::notifications::deliveries::Due;
use storage::notifications::rules::{SIGNING_SECRET_COLUMN, TABLE};
use url::Url;

use super::failure::NotSent;
use super::words::Words;

/// Sends a notice to the rule's URL: signed as requests to a partner are, never redirected, and only where the guard of
/// outgoing requests lets it.
pub(super) async fn send_webhook(
    outbound: &Outbound,
    settings: &Settings,
    due: &Due,
    words: &Words,
) -> Result<(), NotSent> {
    let url: Url = due.url.as_deref().and_then(|url| url.parse().ok()).ok_or(NotSent::NoUrl)?;
    let secret = signing_secret(settings, due)?;
    let body = notice_body(due, words).to_string();
    let timestamp = Utc::now().timestamp();
    let signature = request_signature(&secret, "POST", &url, body.as_bytes(), timestamp);

    let request = outbound
        .request(geniacs::Method::POST, url)?
        .header("Content-Type", "application/json")
        .header(TIMESTAMP_HEADER, timestamp)
        .header(SIGNATURE_HEADER, signature)
        .timeout(super::DEADLINE)
        .body(body);

    match request.send().await {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(NotSent::Status(answer.status().as_u16())),
        Err(error) if error.is_timeout() => Err(NotSent::Timeout(super::DEADLINE.as_secs())),
        Err(_) => Err(NotSent::Unreachable),
    }
}

fn signing_secret(settings: &Settings, due: &Due) -> Result<SecretString, NotSent> {
    let keys = settings.encryption.keys().map_err(|_| NotSent::Secret)?;
    let place = Place { table: TABLE, column: SIGNING_SECRET_COLUMN, row: due.rule_id };
    let sealed = due.signing_secret.as_deref().ok_or(NotSent::Secret)?;
    keys.open(&place, sealed).map_err(|_| NotSent::Secret)
}

/// The body. Its `event_id` is the same in every attempt, so that a receiver can tell what it has taken already.
fn notice_body(due: &Due, words: &Words) -> Value {
    let event_type = match due.tells.parse() {
        Ok(Tells::Begin) => "notification.begun",
        Ok(Tells::End) => "notification.ended",
        _ => "notification.test",
    };

    let moment = |at: chrono::DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let integration = due.notice.integration_id.map(|id| json!({"id": id, "name": due.notice.integration_name}));

    json!({
        "event_type": event_type,
        "event_id": format!("notification_{}", due.id),
        "timestamp": moment(due.notice.over_at.unwrap_or(due.notice.began_at)),
        "data": {
            "cause": due.notice.cause,
            "message": words.subject,
            "integration": integration,
            "entity_type": due.notice.entity_type,
            "sync_direction": due.notice.sync_direction,
            "count": due.notice.things,
            "reason": due.notice.reason,
            "began_at": moment(due.notice.began_at),
            "ended_at": due.notice.over_at.map(moment),
            "rule": {"id": due.rule_id, "name": due.rule_name},
            "link": words.link,
        },
    })
}
