//! A gate between the client and the bundled partner.

#![expect(clippy::unwrap_used, reason = "a test stops where something is missing")]

use domain::EntityType::Customers;
use geniacs::{
    Account, Client, Gate, GateFuture, Guard, Heard, HttpOptions, Outbound, PageRequest, PartnerError, Pass, PushBody,
    PushContent, PushRecord, http_client,
};
use geniacs_simulator::{Config, Running, Simulator};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Lets so many requests through and keeps what it hears.
#[derive(Clone, Default)]
struct Book(Arc<Mutex<(usize, Vec<Told>)>>);

#[derive(Debug, Clone, PartialEq)]
enum Told {
    Heard(Heard),
    CutOff,
}

struct Leave(Book, bool);

impl Gate for Book {
    fn enter(&self) -> GateFuture<'_, Result<Box<dyn Pass>, PartnerError>> {
        let book = self.clone();
        Box::pin(async move {
            let mut inner = book.0.lock().unwrap();
            if inner.0 == 0 {
                return Err(PartnerError::HeldBack { retry_after: Duration::from_secs(3), reason: "a test".into() });
            }

            inner.0 -= 1;
            Ok(Box::new(Leave(book.clone(), false)) as Box<dyn Pass>)
        })
    }
}

impl Pass for Leave {
    fn answered(mut self: Box<Self>, heard: Heard) -> GateFuture<'static, ()> {
        self.1 = true;
        self.0.0.lock().unwrap().1.push(Told::Heard(heard));
        Box::pin(async {})
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        if !self.1 {
            self.0.0.lock().unwrap().1.push(Told::CutOff);
        }
    }
}

impl Book {
    fn letting_through(requests: usize) -> Self {
        Self(Arc::new(Mutex::new((requests, Vec::new()))))
    }

    fn told(&self) -> Vec<Told> {
        self.0.lock().unwrap().1.clone()
    }
}

fn gated(book: &Book) -> (Running, Client) {
    let partner = Simulator::start(Config::default()).unwrap();

    let account = Account {
        base_url: partner.base_url.parse().unwrap(),
        api_key: SecretString::from("simulator-key"),
        api_secret: SecretString::from("simulator-secret"),
        timeout: Duration::from_secs(5),
        endpoints: HashMap::new(),
    };

    let guard = Guard::new(true, &["127.0.0.0/8".parse().unwrap()]);
    let client = Client::new(Outbound::new(&HttpOptions::default(), guard).unwrap(), account).unwrap();
    (partner, client.gated_by(Arc::new(book.clone())))
}

async fn faults(partner: &Running, body: Value) {
    let http = http_client(&HttpOptions::default()).unwrap();
    let post = http.post(format!("{}/faults", partner.admin_url));
    let request = post.header("content-type", "application/json").body(body.to_string());
    assert!(request.send().await.unwrap().status().is_success());
}

fn one_customer() -> PushBody {
    let record =
        PushRecord { external_id: 1, geniacs_id: None, version: 1, body: PushContent::Upsert(serde_json::Map::new()) };
    PushBody::new(Customers, &[record], &json!({}), 1).unwrap()
}

const PAGE: PageRequest<'_> = PageRequest { limit: 1, cursor: None, updated_since: None };

#[tokio::test]
async fn a_request_that_a_gate_holds_back_is_not_sent() {
    let book = Book::letting_through(0);
    let (partner, client) = gated(&book);
    let error = client.health().await.unwrap_err();
    assert!(error.is_retryable() && error.is_put_off() && !error.is_outage() && !error.outcome_unknown(), "{error:?}");
    assert_eq!(error.to_string(), "held back for 3 s: a test");

    assert!(client.push(&one_customer(), 1, Duration::from_secs(1)).await.is_err());
    assert!(client.find(Customers, &[1]).await.is_err() && client.get(Customers, "cust_1").await.is_err());
    assert_eq!(book.told(), []);

    let http = http_client(&HttpOptions::default()).unwrap();
    let stats = http.get(format!("{}/stats", partner.admin_url)).send().await.unwrap().text().await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&stats).unwrap()["requests"], 0);
}

#[tokio::test]
async fn a_gate_hears_the_end_of_every_request() {
    let book = Book::letting_through(10);
    let (partner, client) = gated(&book);

    client.health().await.unwrap();
    faults(&partner, json!({"fail_next": {"count": 1, "status": 503}, "retry_after": 120})).await;

    let unavailable = client.page(Customers, &PAGE).await.unwrap_err();
    let pause_for = Some(Duration::from_mins(2));
    let expected = [
        Told::Heard(Heard { error: None, pause_for: None }),
        Told::Heard(Heard { error: Some(unavailable), pause_for }),
    ];

    assert_eq!(book.told(), expected);
}

#[tokio::test]
async fn a_gate_hears_of_the_last_request_of_a_window() {
    let book = Book::letting_through(10);
    let (partner, client) = gated(&book);
    faults(&partner, json!({"rate_limit": {"requests": 2, "seconds": 600}})).await;

    client.push(&one_customer(), 1, Duration::from_secs(5)).await.unwrap();
    client.page(Customers, &PAGE).await.unwrap();
    let throttled = client.page(Customers, &PAGE).await.unwrap_err();
    assert!(matches!(throttled, PartnerError::Throttled { .. }));

    let pauses: Vec<Option<Duration>> = book
        .told()
        .into_iter()
        .map(|told| match told {
            Told::Heard(heard) => heard.pause_for,
            Told::CutOff => panic!("none was cut off"),
        })
        .collect();

    assert_eq!(pauses[0], None);
    for pause in &pauses[1..] {
        let seconds = pause.unwrap().as_secs();
        assert!((590..=600).contains(&seconds), "{pauses:?}");
    }
}

#[tokio::test]
async fn a_gate_knows_which_request_was_cut_off() {
    let book = Book::letting_through(1);
    let (partner, client) = gated(&book);
    faults(&partner, json!({"latency_ms": 60_000})).await;
    let cut_off = tokio::time::timeout(Duration::from_millis(50), client.health()).await;
    assert!(cut_off.is_err());
    assert_eq!(book.told(), [Told::CutOff]);
}
