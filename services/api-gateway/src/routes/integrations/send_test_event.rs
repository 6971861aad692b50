//! `POST /api/geniacs/integrations/{id}/send-test-event`

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
use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::FutureExt as _;
use geniacs::HttpOptions;
use reqwest::Url;
use secrets::{ExposeSecret as _, KeyRing, Place, SecretString};
use serde::Serialize;
use serde_json::json;
use std::time::{Duration, Instant};
use storage::Connection;
use storage::partners::integrations::{self, Integration, TABLE, WEBHOOK_SECRET_COLUMN};
use storage::starts::schedules;
use utoipa::ToSchema;

/// A type that no entity knows: it is stored, and changes nothing.
const EVENT_TYPE: &str = "integration.test";
/// The ingest answers within moments, or something is wrong.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How sending a test event has ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TestEvent)]
struct TestEventView {
    /// Whether the ingest has taken it; then it is among the webhook events.
    delivered: bool,
    #[schema(example = "test_01985c3e7d1a7c50b1d45a6f0c2f9e11")]
    event_id: String,
    #[schema(example = "integration.test")]
    event_type: &'static str,
    /// Where it was sent: Geniacs is to send there, too.
    #[schema(example = "https://hooks.example.com/api/geniacs/webhook/1")]
    address: String,
    status_code: Option<u16>,
    /// In milliseconds.
    #[schema(minimum = 0)]
    response_time: u64,
    /// Why it was not taken.
    error: Option<String>,
    sent_at: DateTime<Utc>,
}

/// Sends a signed event to the ingest's public address, as Geniacs would. It changes no record.
pub(crate) async fn send_test_event(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    _: NoBody,
) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let (row, now) = state.database.run(move |c| read_integration(c, id).boxed()).await?;
    let secret = webhook_secret(&state.keys, &row)?;
    let address = webhook_address(state.settings.webhooks.address.as_ref(), id)?;

    // No transaction is open while the ingest answers.
    let sent = send_event(address, &secret, id, now).await?;
    let after = answer::value(&sent);
    state.database.transaction(move |c| record_test(c, id, caller, after).boxed()).await?;
    Ok(answer::data(json!({"test_event": sent})))
}

pub(crate) fn describe_send_test_event() -> Operation {
    Operation::new("send_test_event", "Sends a signed event to the ingest", Answer::one::<TestEventView>("test_event"))
        .about(
            "Through the ingest's public address, as Geniacs would. It is stored like any other event and changes no record. 200 \
                also where it does not arrive.",
        )
        .conflicts("no setting says where the ingest is reached (`webhook_address_unknown`)")
        .conflicts("the integration has no webhook secret (`no_webhook_secret`)")
}

async fn read_integration(connection: &mut Connection, id: i64) -> Result<(Integration, DateTime<Utc>), ApiError> {
    let row = integrations::find(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    Ok((row, schedules::now(connection).await?))
}

fn webhook_secret(keys: &KeyRing, row: &Integration) -> Result<SecretString, ApiError> {
    let missing = || {
        let message = "the integration has no webhook secret; rotate it to get one".to_owned();
        ApiError::Conflict("no_webhook_secret", message)
    };

    let sealed = row.webhook_secret.as_ref().ok_or_else(missing)?;
    let place = Place { table: TABLE, column: WEBHOOK_SECRET_COLUMN, row: row.id };
    keys.open(&place, sealed).map_err(|_| ApiError::Internal("the webhook secret cannot be opened"))
}

fn webhook_address(ingest: Option<&Url>, id: i64) -> Result<Url, ApiError> {
    let unknown = || {
        let message =
            "nobody has told where the ingest is reached from outside; set GENIACS_WEBHOOK_ADDRESS".to_owned();
        ApiError::Conflict("webhook_address_unknown", message)
    };

    let ingest = ingest.ok_or_else(unknown)?;
    ingest.join(&format!("api/geniacs/webhook/{id}")).map_err(|_| ApiError::Internal("the ingest's address is no URL"))
}

async fn send_event(
    address: Url,
    secret: &SecretString,
    id: i64,
    now: DateTime<Utc>,
) -> Result<TestEventView, ApiError> {
    let event_id = format!("test_{}", uuid::Uuid::now_v7().simple());
    let body = json!({
        "event_type": EVENT_TYPE,
        "event_id": event_id,
        "timestamp": now.to_rfc3339_opts(SecondsFormat::Millis, true),
        "data": {"integration_id": id},
    })
    .to_string();

    let signature = secrets::sign_hex(secret.expose_secret().as_bytes(), &[body.as_bytes()]);
    let client = geniacs::http_client(&HttpOptions::default())
        .map_err(|_| ApiError::Internal("a client for the ingest could not be made"))?;

    let began = Instant::now();
    let request = client
        .post(address.clone())
        .timeout(TIMEOUT)
        .header("Content-Type", "application/json")
        .header("X-Geniacs-Signature", signature)
        .body(body);
    let answered = request.send().await;
    let response_time = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);

    let status = answered.as_ref().ok().map(reqwest::Response::status);
    let error = match (&answered, status) {
        (_, Some(status)) if status.is_success() => None,
        (_, Some(status)) => Some(format!("the address answers with HTTP {}", status.as_u16())),
        (Err(error), _) if error.is_timeout() => Some(format!("there was no answer within {} s", TIMEOUT.as_secs())),
        _ => Some("nobody answers at the address".to_owned()),
    };
    Ok(TestEventView {
        delivered: error.is_none(),
        event_id,
        event_type: EVENT_TYPE,
        address: address.to_string(),
        status_code: status.map(|status| status.as_u16()),
        response_time,
        error,
        sent_at: now,
    })
}

async fn record_test(
    connection: &mut Connection,
    id: i64,
    caller: Caller,
    after: serde_json::Value,
) -> Result<(), ApiError> {
    let change = Change {
        action: "integration.test_event_sent",
        subject_type: WHAT,
        subject_id: id,
        before: None,
        after: Some(after),
    };
    audit::record_change(connection, &caller, change).await
}
