//! Scenarios by name, as the real client meets them.

use crate::partner::Partner;
use crate::receiver::receiver;
use domain::EntityType::{self, Customers, MonitoringData, NasServers, Subscriptions};
use geniacs::{
    Account, Client, Guard, HttpOptions, Outbound, Page, PageRequest, PartnerError, PushAnswer, PushBody, PushContent,
    PushRecord, RecordResult,
};
use geniacs_simulator::{Config, Scenario};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

/// A partner with a character, and the client that the workers use.
struct Meeting {
    partner: Partner,
    client: Client,
}

impl Meeting {
    fn with(scenario: &str) -> Self {
        let faults = Scenario::faults_of(scenario).unwrap();
        let partner = Partner::with(Config { faults, customers: 30, ..Config::default() });
        let account = Account {
            base_url: partner.running.base_url.parse().unwrap(),
            api_key: SecretString::from("simulator-key"),
            api_secret: SecretString::from("simulator-secret"),
            timeout: Duration::from_secs(2),
            endpoints: HashMap::new(),
        };
        let guard = Guard::new(true, &["127.0.0.0/8".parse().unwrap()]);
        let client = Client::new(Outbound::new(&HttpOptions::default(), guard).unwrap(), account).unwrap();
        Self { partner, client }
    }

    async fn push(&self, chunk: i64, records: &[PushRecord]) -> Result<PushAnswer, PartnerError> {
        let body = PushBody::new(Customers, records, &json!({}), 1).unwrap();
        self.client.push(&body, chunk, Duration::from_secs(2)).await
    }

    async fn page(&self, entity: EntityType, cursor: Option<&str>) -> Result<Page, PartnerError> {
        let request = PageRequest { limit: 10, cursor, updated_since: None };
        self.client.page(entity, &request).await
    }

    /// How many of so many requests ended with each type of error; `ok` for the others.
    async fn tried(&self, requests: i64) -> BTreeMap<&'static str, usize> {
        let mut ends = BTreeMap::new();
        for request in 1..=requests {
            let end = match self.push(request, &[customer(request)]).await {
                Ok(_) => "ok",
                Err(error) => error.error_type(),
            };
            *ends.entry(end).or_default() += 1;
        }

        ends
    }
}

fn customer(external_id: i64) -> PushRecord {
    let fields = Map::from_iter([("customer_name".to_owned(), Value::from("Siti"))]);
    PushRecord { external_id, geniacs_id: None, version: 1, body: PushContent::Upsert(fields) }
}

fn customers(count: i64) -> Vec<PushRecord> {
    (1..=count).map(customer).collect()
}

fn failures(answer: &PushAnswer, wanted: &str) -> usize {
    let failed =
        |result: &&RecordResult| matches!(result, RecordResult::Failed { error_type, .. } if error_type == wanted);
    answer.results.iter().filter(failed).count()
}

#[tokio::test]
async fn healthy_does_all_that_it_is_asked() {
    let meeting = Meeting::with("healthy");
    assert_eq!(meeting.tried(20).await, BTreeMap::from([("ok", 20)]));
    assert_eq!(meeting.client.health().await.unwrap().endpoints.len(), 6);
}

#[tokio::test]
async fn slow_takes_its_time() {
    let meeting = Meeting::with("slow");
    let started = Instant::now();
    meeting.client.health().await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(300), "{:?}", started.elapsed());
}

#[tokio::test]
async fn flaky_fails_in_many_ways_all_of_them_worth_another_try() {
    let meeting = Meeting::with("flaky");
    meeting.partner.order("/faults", json!({"latency_jitter_ms": 0})).await;
    let ends = meeting.tried(150).await;
    assert!(ends["ok"] > 90 && ends["partner_unavailable"] > 3 && ends.len() >= 3, "{ends:?}");
}

#[tokio::test]
async fn outage_and_unreachable_begin_at_once() {
    let error = Meeting::with("outage").client.health().await.unwrap_err();
    assert!(matches!(error, PartnerError::Unavailable { status: 503, retry_after: None, .. }), "{error:?}");
    assert_eq!(Meeting::with("unreachable").client.health().await, Err(PartnerError::Interrupted));
}

#[tokio::test]
async fn throttled_says_how_long_to_wait_and_curt_does_not() {
    let meeting = Meeting::with("throttled");
    let ends = meeting.tried(30).await;
    assert!(ends["throttled"] > 0, "{ends:?}");

    let curt = Meeting::with("curt");
    for _ in 0..30 {
        assert!(curt.page(Customers, None).await.is_ok());
    }

    let error = curt.client.health().await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(30)), "the client's own pause");
}

#[tokio::test]
async fn strict_refuses_whole_requests_and_says_why() {
    let meeting = Meeting::with("strict");
    let error = meeting.push(1, &customers(400)).await.unwrap_err();
    let PartnerError::Rejected { status: 422, details, .. } = error else { panic!("{error:?}") };
    assert!((1..40).contains(&details.len()), "{details:?}");

    assert_eq!(meeting.push(2, &customers(501)).await, Err(PartnerError::TooLarge));

    let wrong = |one: &PushRecord| details.iter().any(|d| i64::try_from(d.index).unwrap() + 1 == one.external_id);
    let fine: Vec<_> = customers(20).into_iter().filter(|one| !wrong(one)).collect();
    let newer: Vec<_> = fine.iter().cloned().map(|one| PushRecord { version: 2, ..one }).collect();
    meeting.push(3, &newer).await.unwrap();
    assert_eq!(meeting.push(4, &fine).await.unwrap_err().error_type(), "newer_version");

    let fields = Map::from_iter([("customer_id".to_owned(), Value::from("cust_999"))]);
    let lost = PushRecord { body: PushContent::Upsert(fields), ..customer(1) };
    let body = PushBody::new(Subscriptions, &[lost], &json!({}), 1).unwrap();

    let error = meeting.client.push(&body, 5, Duration::from_secs(2)).await.unwrap_err();
    assert_eq!(error.error_type(), "validation_error");
}

#[tokio::test]
async fn picky_fails_records_alone_and_terse_says_next_to_nothing() {
    let meeting = Meeting::with("picky");
    let answer = meeting.push(1, &customers(400)).await.unwrap();
    assert!(failures(&answer, "validation_error") > 0 && failures(&answer, "temporary_error") > 0);
    let terse = Meeting::with("terse");
    assert_eq!(terse.push(1, &customers(1)).await.unwrap().results, [RecordResult::Succeeded { id: None }]);
    let error = terse.push(2, &customers(400)).await.unwrap_err();
    assert!(matches!(&error, PartnerError::Rejected { status: 400, details, .. } if details.is_empty()), "{error:?}");
}

#[tokio::test]
async fn forgetful_ignores_the_key_and_the_parameters() {
    let meeting = Meeting::with("forgetful");
    meeting.partner.order("/faults", json!({"lose_answer_rate": 0})).await;
    for status in ["created", "unchanged"] {
        let answer = meeting.push(7, &customers(1)).await.unwrap();
        let done = matches!(&answer.results[0], RecordResult::Created { .. }) == (status == "created");
        assert!(done, "{answer:?}");
    }

    let found = meeting.client.find(Customers, &[999]).await.unwrap();
    assert_eq!(found.len(), 0, "what was not asked for is dropped");

    let far = PageRequest { limit: 10, cursor: None, updated_since: Some("2099-01-01T00:00:00Z".parse().unwrap()) };
    assert_eq!(meeting.client.page(Customers, &far).await.unwrap().records.len(), 10);
}

#[tokio::test]
async fn shuffled_repeats_and_reorders_webhooks() {
    let (url, taken) = receiver();
    let meeting = Meeting::with("shuffled");
    meeting.partner.order("/faults", json!({"webhooks": {"duplicate_rate": 0.3, "copies": 2, "shuffle": true}})).await;
    let order = json!({"url": url, "secret": "hook", "entity": "subscriptions", "count": 36, "kind": "updated"});
    let report = meeting.partner.order("/webhooks", order).await;
    assert!(report["duplicates"].as_u64().unwrap() > 0, "{report}");
    let taken = taken.lock().unwrap();
    assert!(!taken.accepted.iter().map(|event| event["timestamp"].as_str().unwrap()).is_sorted());
}

#[tokio::test]
async fn lying_listing_is_right_the_first_time_and_then_wrong_in_five_ways() {
    let meeting = Meeting::with("lying-listing");
    let mut walks = Vec::new();
    for _ in 0..6 {
        let (mut records, mut cursors) = (0, Vec::<String>::new());
        let again = loop {
            let page = meeting.page(Customers, cursors.last().map(String::as_str)).await.unwrap();
            records += page.records.len();
            let Some(cursor) = page.next_cursor else { break false };
            if cursors.contains(&cursor) {
                break true;
            }
            cursors.push(cursor);
        };
        walks.push((records, again));
    }

    assert_eq!(walks, [(30, false), (20, true), (15, false), (0, false), (10, false), (40, true)]);
}

#[tokio::test]
async fn odd_pages_lead_to_every_record_all_the_same() {
    let meeting = Meeting::with("odd-pages");
    let (mut ids, mut cursor) = (std::collections::BTreeSet::new(), None::<String>);
    loop {
        let page = meeting.page(Customers, cursor.as_deref()).await.unwrap();
        ids.extend(page.records.into_iter().map(|record| record.geniacs_id));
        let Some(next) = page.next_cursor else { break };
        cursor = Some(next);
    }

    assert_eq!(ids.len(), 30);
}

#[tokio::test]
async fn the_others_end_a_call_at_once_with_their_cause() {
    let partial = Meeting::with("partial");
    for entity in [NasServers, MonitoringData] {
        assert_eq!(partial.page(entity, None).await.unwrap_err().error_type(), "missing_endpoint");
    }

    partial.page(Customers, None).await.unwrap();

    for (scenario, error_type) in
        [("locked-out", "credentials_refused"), ("moved", "redirect_refused"), ("login-page", "malformed_answer")]
    {
        let error = Meeting::with(scenario).client.health().await.unwrap_err();
        assert_eq!(error.error_type(), error_type, "{scenario}");
    }
}

#[tokio::test]
async fn hanging_lets_some_calls_run_into_their_time_limit() {
    let meeting = Meeting::with("hanging");
    meeting.partner.order("/faults", json!({"hang_rate": 1})).await;
    let error = meeting.client.health().await.unwrap_err();
    assert_eq!(error, PartnerError::Timeout);
}

#[tokio::test]
async fn worst_still_takes_every_record_in_the_end() {
    let meeting = Meeting::with("worst");
    meeting.partner.order("/faults", json!({"rate_limit": null})).await;
    let mut open = customers(60);

    for chunk in 1..200 {
        if open.is_empty() {
            break;
        }
        let Ok(answer) = meeting.push(chunk, &open).await else { continue };
        let mut done = answer.results.iter().map(|result| match result {
            RecordResult::Failed { retryable, .. } => !retryable,
            _ => true,
        });
        open.retain(|_| !done.next().unwrap_or(false));
    }

    assert_eq!(open.len(), 0);
}

#[tokio::test]
async fn a_scenario_is_chosen_at_run_time_and_a_reset_goes_back_to_the_start() {
    let meeting = Meeting::with("slow");
    let partner = &meeting.partner;
    let active = async || -> Vec<String> {
        let list = partner.look("/scenarios").await;
        let active = list["scenarios"].as_array().unwrap().iter().filter(|scenario| scenario["active"] == true);
        active.map(|scenario| scenario["name"].as_str().unwrap().to_owned()).collect()
    };

    assert_eq!(active().await, ["slow"]);

    let faults = partner.order("/scenario", json!({"name": "partial"})).await;
    assert_eq!((&faults["missing"], &faults["latency_ms"]), (&json!(["monitoring_data", "nas_servers"]), &json!(0)));
    assert_eq!(active().await, ["partial"]);

    partner.order("/faults", json!({"latency_ms": 1})).await;
    assert!(active().await.is_empty());

    partner.order("/reset", Value::Null).await;
    assert_eq!(active().await, ["slow"]);

    let (status, refused) = partner.admin(reqwest::Method::POST, "/scenario", json!({"name": "flakey"})).await;
    assert_eq!(status, 400);
    assert!(refused["error"]["message"].as_str().unwrap().contains("lying-listing"), "{refused}");
}
