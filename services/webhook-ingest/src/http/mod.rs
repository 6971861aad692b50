//! The two paths that webhooks come to.

mod answer;
mod body;
mod trace;

use std::sync::Arc;

use actix_web::http::header::HeaderMap;
use actix_web::web::{self, Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Responder};
use bytes::Bytes;
use chrono::Utc;
use secrets::PresentedSignature;
use service::http::HeldBody;
use storage::webhooks::arrivals::Envelope;
use storage::webhooks::{Arrival, Stored};
use tokio::time::Instant;

use crate::intake::{Event, EventOutcome, Intake};
use crate::metrics;
use crate::secrets::{KnownSecrets, WebhookTarget};
use answer::Refusal;

const SIGNATURE: &str = "X-Geniacs-Signature";

/// The state that handlers share.
pub(crate) struct Ingress {
    pub(crate) secrets: KnownSecrets,
    pub(crate) intake: Intake,
}

/// Mounts the paths.
pub(crate) fn configure_routes(app: &mut ServiceConfig, ingress: &Arc<Ingress>) {
    app.app_data(Data::from(ingress.clone()))
        .service(
            web::resource("/api/geniacs/webhook/handle")
                .route(web::post().to(for_any))
                .default_service(web::to(only_post)),
        )
        .service(
            web::resource("/api/geniacs/webhook/{integration_id}")
                .route(web::post().to(for_one))
                .default_service(web::to(only_post)),
        )
        .default_service(web::to(no_such_path));
}

async fn for_any(request: HttpRequest, payload: Payload, ingress: Data<Ingress>) -> HttpResponse {
    take_webhook(&request, payload, &ingress, WebhookTarget::Any).await
}

async fn for_one(request: HttpRequest, path: Path<String>, payload: Payload, ingress: Data<Ingress>) -> HttpResponse {
    // A text that is no number names no integration, and is answered like an unknown one.
    let target = WebhookTarget::One(path.parse().unwrap_or(0));
    take_webhook(&request, payload, &ingress, target).await
}

async fn only_post(request: HttpRequest) -> impl Responder {
    Refusal::Method.response(&answer::request_id(request.headers()))
}

async fn no_such_path(request: HttpRequest) -> impl Responder {
    Refusal::NoSuchPath.response(&answer::request_id(request.headers()))
}

async fn take_webhook(
    request: &HttpRequest,
    payload: Payload,
    ingress: &Ingress,
    target: WebhookTarget,
) -> HttpResponse {
    let began = Instant::now();
    let request_id = answer::request_id(request.headers());
    let (outcome, response) = match accept_webhook(request, payload, ingress, target).await {
        Ok(stored) => (kept_outcome(stored), answer::success_answer(&request_id)),
        Err(refusal) => (refusal.code(), refusal.response(&request_id)),
    };
    metrics::count_answer(outcome, began.elapsed());
    response
}

fn kept_outcome(stored: Option<Stored>) -> &'static str {
    match stored {
        Some(Stored::New) => "stored",
        Some(Stored::Duplicate) => "duplicate",
        Some(Stored::Different) => "different",
        None => "handed_to_broker",
    }
}

/// From a request to a durable event: verified before it is read, and read before it is kept. `None`: the broker has it.
async fn accept_webhook(
    request: &HttpRequest,
    payload: Payload,
    ingress: &Ingress,
    target: WebhookTarget,
) -> Result<Option<Stored>, Refusal> {
    let signature = signature_header(request.headers());
    // A header that has not the form of a signature costs neither memory nor a hash, and is answered like a wrong one.
    let Some(presented) = PresentedSignature::read(signature) else {
        body::pass_over(request.headers(), payload).await?;
        return Err(Refusal::Signature);
    };

    let mut held = HeldBody::of(request);
    let body = body::read_body(request.headers(), payload, &mut held).await?;

    // A sender's slow line is not counted against database and broker.
    let began = Instant::now();
    let integration_id = ingress.secrets.verify(target, &body, presented).await?;
    let event = read_event(integration_id, signature, body, began, held)?;

    match ingress.intake.keep(event).await {
        EventOutcome::Stored(stored) => Ok(Some(stored)),
        EventOutcome::Handed => Ok(None),
        EventOutcome::Unstorable => Err(Refusal::Unstorable),
        EventOutcome::Overloaded => Err(Refusal::Overloaded),
        EventOutcome::Nowhere => Err(Refusal::Unavailable),
    }
}

fn read_event(
    integration_id: i64,
    signature: &str,
    body: Bytes,
    began: Instant,
    held: HeldBody,
) -> Result<Event, Refusal> {
    let traceparent = trace::current_traceparent();
    let envelope = Envelope { integration_id, signature, received_at: Utc::now(), traceparent };
    let arrival = Arrival::read(envelope, &body)?;
    Ok(Event { arrival, body, began, span: tracing::Span::current(), held })
}

/// The signature as it came.
fn signature_header(headers: &HeaderMap) -> &str {
    headers.get(SIGNATURE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
