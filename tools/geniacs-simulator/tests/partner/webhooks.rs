//! Webhooks, taken by a small server that refuses the first attempt of each.

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use geniacs_simulator::{Config, Simulator};
use ring::hmac;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct Taken {
    seen: HashSet<Vec<u8>>,
    accepted: Vec<Value>,
    badly_signed: usize,
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
    if taken.seen.insert(body.to_vec()) {
        return HttpResponse::ServiceUnavailable().finish();
    }
    taken.accepted.push(serde_json::from_slice(&body).unwrap());
    HttpResponse::NoContent().finish()
}

fn receiver() -> (String, Arc<Mutex<Taken>>) {
    let taken = Arc::new(Mutex::new(Taken::default()));
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

async fn post(url: &str, body: Value) -> Value {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.post(url).header("content-type", "application/json").body(body.to_string());
    serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap()
}

#[tokio::test]
async fn webhooks_are_signed_repeated_until_accepted_and_tell_what_changed() {
    let (url, taken) = receiver();
    let partner = Simulator::start(Config::default()).unwrap();
    post(&format!("{}/seed", partner.admin_url), json!({"entity": "customers", "count": 20})).await;
    let order = json!({"url": url, "secret": "hook", "entity": "customers", "count": 30, "form": "changes",
        "shuffle": true, "concurrency": 8});
    let report = post(&format!("{}/webhooks", partner.admin_url), order).await;
    assert_eq!((&report["sent"], &report["accepted"], &report["attempts"]), (&json!(30), &json!(30), &json!(60)));
    let taken = taken.lock().unwrap();
    let ids: HashSet<_> = taken.accepted.iter().map(|event| event["event_id"].as_str().unwrap()).collect();
    let times: HashSet<_> = taken.accepted.iter().map(|event| event["timestamp"].as_str().unwrap()).collect();
    assert_eq!((ids.len(), times.len(), taken.badly_signed), (30, 30, 0));
    let event = &taken.accepted[0];
    assert_eq!(event["event_type"], "customer.updated");
    assert_ne!(event["data"]["changes"]["customer_phone"]["old"], event["data"]["changes"]["customer_phone"]["new"]);
    assert!(event["data"]["customer_id"].as_str().unwrap().starts_with("cust_"));
}

#[tokio::test]
async fn creations_show_all_fields_deletions_only_the_id_and_duplicates_come_twice() {
    let (url, taken) = receiver();
    let partner = Simulator::start(Config::default()).unwrap();
    let hooks = format!("{}/webhooks", partner.admin_url);
    let created = json!({"url": url, "secret": "hook", "entity": "nas_servers", "count": 2, "kind": "created"});
    assert_eq!(post(&hooks, created).await["records"], json!(["nas_1", "nas_2"]));
    let deleted = json!({"url": url, "secret": "hook", "entity": "nas_servers", "count": 2, "kind": "deleted",
        "duplicate_rate": 1, "concurrency": 1});
    assert_eq!(post(&hooks, deleted).await["sent"], 4);
    let taken = taken.lock().unwrap();
    let of = |kind: &str| taken.accepted.iter().filter(|event| event["event_type"] == kind).collect::<Vec<_>>();
    assert_eq!((of("nas_server.created").len(), of("nas_server.deleted").len()), (2, 4));
    assert!(of("nas_server.created")[0]["data"]["nas_server_name"].is_string());
    assert_eq!(of("nas_server.deleted")[0]["data"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn a_body_can_be_sent_as_it_is() {
    let (url, taken) = receiver();
    let partner = Simulator::start(Config::default()).unwrap();
    let raw = format!("{}/webhooks/raw", partner.admin_url);
    let first = post(&raw, json!({"url": url, "secret": "hook", "body": {"a": 1}})).await;
    assert_eq!(first["status"], 503, "the receiver refuses every first attempt");
    assert_eq!(post(&raw, json!({"url": url, "secret": "hook", "body": "{\"a\":1}"})).await["status"], 204);
    assert_eq!(post(&raw, json!({"url": url, "secret": "wrong", "body": "x"})).await["status"], 400);
    assert_eq!(taken.lock().unwrap().badly_signed, 1);
}
