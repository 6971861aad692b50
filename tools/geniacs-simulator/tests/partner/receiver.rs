//! A server that takes webhooks.

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use ring::hmac;
use serde_json::Value;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// What came, in the order in which it was accepted.
#[derive(Default)]
pub(crate) struct Taken {
    seen: HashSet<Vec<u8>>,
    refuses_first: bool,
    pub(crate) accepted: Vec<Value>,
    pub(crate) times: Vec<Instant>,
    pub(crate) badly_signed: usize,
}

type Shared = web::Data<Mutex<Taken>>;

async fn take(request: HttpRequest, body: web::Bytes, taken: Shared) -> HttpResponse {
    let mut taken = taken.lock().unwrap();

    let key = hmac::Key::new(hmac::HMAC_SHA256, b"hook");
    let signature = request.headers().get("x-geniacs-signature").and_then(|value| value.to_str().ok());
    let signature = hex::decode(signature.unwrap_or_default()).unwrap_or_default();

    if hmac::verify(&key, &body, &signature).is_err() {
        taken.badly_signed += 1;
        return HttpResponse::BadRequest().finish();
    }

    if taken.seen.insert(body.to_vec()) && taken.refuses_first {
        return HttpResponse::ServiceUnavailable().finish();
    }

    taken.times.push(Instant::now());
    taken.accepted.push(serde_json::from_slice(&body).unwrap());
    HttpResponse::NoContent().finish()
}

/// Takes every event that is signed with `hook`.
pub(crate) fn receiver() -> (String, Arc<Mutex<Taken>>) {
    start(Taken::default())
}

/// The same, but refuses the first attempt of each event.
pub(crate) fn reluctant_receiver() -> (String, Arc<Mutex<Taken>>) {
    start(Taken { refuses_first: true, ..Taken::default() })
}

fn start(taken: Taken) -> (String, Arc<Mutex<Taken>>) {
    let taken = Arc::new(Mutex::new(taken));
    let data = web::Data::from(Arc::clone(&taken));
    let server = HttpServer::new(move || App::new().app_data(data.clone()).route("/hook", web::post().to(take)))
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .unwrap();

    let url = format!("http://{}/hook", server.addrs()[0]);
    tokio::spawn(server.run());
    (url, taken)
}
