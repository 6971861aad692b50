//! The client against the bundled partner.

#![expect(clippy::unwrap_used, reason = "a test stops where something is missing")]

use domain::EntityType::{Customers, NasServers};
use geniacs::{
    Account, Client, Guard, HttpOptions, Lookup, Outbound, PageRequest, PartnerError, PushAnswer, PushBody,
    PushContent, PushRecord, RecordResult, http_client,
};
use geniacs_simulator::{Config, Running, Simulator};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

struct Setup {
    partner: Running,
    client: Client,
    http: reqwest::Client,
    outbound: Outbound,
}

impl Setup {
    fn start() -> Self {
        let partner = Simulator::start(Config::default()).unwrap();
        let http = http_client(&HttpOptions::default()).unwrap();
        let guard = Guard::new(true, &["127.0.0.0/8".parse().unwrap()]);
        let outbound = Outbound::new(&HttpOptions::default(), guard).unwrap();
        let client = Client::new(outbound.clone(), account(&partner, "simulator-key", "simulator-secret")).unwrap();
        Self { partner, client, http, outbound }
    }

    async fn admin(&self, path: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.partner.admin_url);
        let request = self.http.post(url).header("content-type", "application/json").body(body.to_string());
        let response = request.send().await.unwrap();
        assert!(response.status().is_success(), "{path} {body}");
        serde_json::from_str(&response.text().await.unwrap()).unwrap()
    }

    async fn push(&self, records: &[PushRecord]) -> Result<PushAnswer, PartnerError> {
        let body = PushBody::new(Customers, records, &json!({}), 1).unwrap();
        self.client.push(&body, 7, Duration::from_secs(5)).await
    }
}

fn account(partner: &Running, key: &str, secret: &str) -> Account {
    Account {
        base_url: format!("{}/", partner.base_url).parse().unwrap(),
        api_key: SecretString::from(key),
        api_secret: SecretString::from(secret),
        timeout: Duration::from_secs(5),
        endpoints: HashMap::new(),
    }
}

fn customer(external_id: i64, name: &str) -> PushRecord {
    let fields = Map::from_iter([("customer_name".to_owned(), Value::from(name))]);
    PushRecord { external_id, geniacs_id: None, version: 1, body: PushContent::Upsert(fields) }
}

#[tokio::test]
async fn health_tells_version_limits_and_endpoints() {
    let setup = Setup::start();
    let health = setup.client.health().await.unwrap();
    assert_eq!(health.version.as_deref(), Some("v1.2.3"));
    assert!(health.rate_limits.unwrap().remaining_requests.unwrap() > 0);
    assert_eq!(health.endpoints.len(), 6);
}

#[tokio::test]
async fn pushed_records_are_created_changed_and_removed() {
    let setup = Setup::start();
    let first = setup.push(&[customer(1, "Siti"), customer(2, "日本 \"quoted\" 🙂")]).await.unwrap();
    let created = |id: &str| RecordResult::Created { id: Some(id.to_owned()) };
    assert_eq!(first.results, [created("cust_1"), created("cust_2")]);

    let mut linked = customer(1, "Siti");
    linked.geniacs_id = Some("cust_1".to_owned());
    let removed = PushRecord { body: PushContent::Delete, ..customer(2, "") };

    let second = setup.push(&[linked, removed, customer(3, "Budi")]).await.unwrap();
    let expected = [
        RecordResult::Unchanged { id: Some("cust_1".to_owned()) },
        RecordResult::Deleted { id: Some("cust_2".to_owned()) },
        created("cust_3"),
    ];
    assert_eq!(second.results, expected);

    let gone = setup.client.get(Customers, "cust_2").await.unwrap().record().unwrap();
    assert!(gone.deleted);
    assert_eq!(gone.fields["customer_name"], "日本 \"quoted\" 🙂");

    assert_eq!(setup.client.get(Customers, "cust_9").await.unwrap(), Lookup::Gone { other_id: None });
    let not_asked = setup.client.get(Customers, "cust_9/../cust_1").await.unwrap();
    assert!(matches!(&not_asked, Lookup::Unknown(reason) if reason.contains("address")), "{not_asked:?}");
}

#[tokio::test]
async fn a_listing_is_walked_page_by_page_and_from_a_moment_on() {
    let setup = Setup::start();
    setup.admin("/seed", json!({"entity": "customers", "count": 250})).await;
    for faults in [json!({}), json!({"odd_pages": true})] {
        setup.admin("/faults", faults).await;

        let (mut ids, mut cursor, mut last) = (BTreeSet::new(), None::<String>, None);

        loop {
            let request = PageRequest { limit: 100, cursor: cursor.as_deref(), updated_since: None };
            let page = setup.client.page(Customers, &request).await.unwrap();
            last = page.records.iter().filter_map(|record| record.updated_at).max().or(last);
            ids.extend(page.records.into_iter().map(|record| record.geniacs_id));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }

        assert_eq!(ids.len(), 250);

        setup.admin("/faults", json!({"odd_pages": false})).await;
        let request = PageRequest { limit: 100, cursor: None, updated_since: last };
        assert_eq!(setup.client.page(Customers, &request).await.unwrap().records.len(), 1);
    }
}

#[tokio::test]
async fn records_are_found_by_local_id_or_proved_absent_even_where_the_partner_ignores_the_filter() {
    let setup = Setup::start();
    let records: Vec<_> = (1..=2_500).map(|id| customer(id, "Siti")).collect();
    setup.push(&records).await.unwrap();

    let ids: Vec<i64> = (1..=150).chain([9_999]).collect();
    let found_of = async |ids: &[i64]| {
        let found = setup.client.find(Customers, ids).await.unwrap();
        let ids = found.iter().filter_map(|record| record.external_id.as_deref()?.parse().ok());
        ids.collect::<BTreeSet<i64>>()
    };
    let all: BTreeSet<i64> = (1..=150).collect();

    assert_eq!(found_of(&ids).await, all);

    for faults in [json!({"ignore_external_id_filter": true}), json!({"odd_pages": true}), json!({"error_rate": 0.2})] {
        setup.admin("/faults", faults.clone()).await;

        let ids: Vec<i64> = [1_400, 2_400, 9_999].into();
        let found = eventually_ok(async || setup.client.find(Customers, &ids).await).await;
        let found: BTreeSet<_> = found.iter().filter_map(|record| record.external_id.as_deref()).collect();
        assert_eq!(found, BTreeSet::from(["1400", "2400"]), "{faults}");
    }
}

/// A walk goes on after a page that failed; its very first request has nothing to lose and fails.
async fn eventually_ok<T>(mut ask: impl AsyncFnMut() -> Result<T, PartnerError>) -> T {
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(error) => assert!(error.is_retryable(), "{error:?}"),
        }
    }
}

#[tokio::test]
async fn a_listing_that_goes_in_a_circle_proves_nothing() {
    let setup = Setup::start();
    setup.admin("/seed", json!({"entity": "customers", "count": 2_500})).await;
    setup.admin("/faults", json!({"ignore_external_id_filter": true, "listings": ["looping_cursor"]})).await;
    let error = setup.client.find(Customers, &[1]).await.unwrap_err();
    assert!(matches!(&error, PartnerError::Malformed { reason } if reason.contains("cursor")), "{error:?}");
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_the_next_attempt_gets_it() {
    let setup = Setup::start();
    for fault in ["lose_answer_rate", "cut_body_rate", "html_rate"] {
        setup.admin("/reset", Value::Null).await;
        setup.admin("/faults", json!({fault: 1})).await;
        let error = setup.push(&[customer(1, "Siti")]).await.unwrap_err();
        assert!(error.outcome_unknown() && error.is_retryable(), "{fault}: {error:?}");

        setup.admin("/faults", json!({fault: 0})).await;
        let answer = setup.push(&[customer(1, "Siti")]).await.unwrap();
        assert_eq!(answer.results, [RecordResult::Created { id: Some("cust_1".to_owned()) }], "{fault}");
    }
}

#[tokio::test]
async fn a_dropped_connection_has_an_unknown_outcome() {
    let setup = Setup::start();
    setup.admin("/faults", json!({"reset_rate": 1})).await;
    assert_eq!(setup.push(&[customer(1, "Siti")]).await, Err(PartnerError::Interrupted));
    let stats = setup.http.get(format!("{}/stats", setup.partner.admin_url)).send().await.unwrap();
    let stats: Value = serde_json::from_str(&stats.text().await.unwrap()).unwrap();
    assert_eq!(stats["by_call"]["POST /v1/customers/sync"]["dropped"], 1);
    assert_eq!(stats["records"], json!({}));
}

#[tokio::test]
async fn wrong_credentials_are_fatal() {
    let setup = Setup::start();
    for (key, secret) in [("wrong", "simulator-secret"), ("simulator-key", "wrong")] {
        let client = Client::new(setup.outbound.clone(), account(&setup.partner, key, secret)).unwrap();
        let error = client.health().await.unwrap_err();
        let PartnerError::Credentials { status: 401, reason } = &error else { panic!("{error:?}") };
        assert!(reason.starts_with("authentication_error: "), "{reason}");
        assert!(error.is_fatal_for_sync());
    }
}

#[tokio::test]
async fn every_answer_of_the_contract_has_its_error() {
    let setup = Setup::start();
    let cases = [
        (401, "credentials_refused"),
        (403, "credentials_refused"),
        (400, "validation_error"),
        (422, "validation_error"),
        (418, "validation_error"),
        (404, "missing_endpoint"),
        (409, "newer_version"),
        (413, "too_large"),
        (429, "throttled"),
        (500, "partner_unavailable"),
        (503, "partner_unavailable"),
        (302, "redirect_refused"),
        (308, "redirect_refused"),
    ];

    for (status, error_type) in cases {
        setup.admin("/faults", json!({"fail_next": {"count": 1, "status": status}, "retry_after": 120})).await;
        let error = setup.push(&[customer(1, "Siti")]).await.unwrap_err();
        assert_eq!(error.error_type(), error_type, "{status}");
        assert_eq!(error.outcome_unknown(), status >= 500, "{status}");
        let pause = matches!(status, 429 | 503).then_some(Duration::from_mins(2));
        assert_eq!(error.retry_after(), pause, "{status}");
    }

    setup.admin("/faults", json!({"missing": ["nas_servers"]})).await;
    let error = setup.client.page(NasServers, &PageRequest::default()).await.unwrap_err();
    assert!(error.to_string().contains("/nas_servers"), "{error}");
}

#[tokio::test]
async fn refused_records_are_named() {
    let setup = Setup::start();
    setup.admin("/faults", json!({"reject": [{"field": "customer_name", "equals": "Bad"}]})).await;
    let records = [customer(1, "Siti"), customer(2, "Bad")];

    let answer = setup.push(&records).await.unwrap();
    assert!(answer.results[0].is_success());
    assert!(
        matches!(&answer.results[1], RecordResult::Failed { error_type, retryable: false, .. } if error_type == "validation_error")
    );

    setup.admin("/faults", json!({"reject_status": 400})).await;
    let refused = PushBody::new(Customers, &records, &json!({}), 2).unwrap();
    let error = setup.client.push(&refused, 8, Duration::from_secs(5)).await.unwrap_err();

    let PartnerError::Rejected { status: 400, details, .. } = error else { panic!("{error:?}") };
    assert_eq!(
        details.iter().map(|detail| (detail.index, detail.field.as_deref())).collect::<Vec<_>>(),
        [(1, Some("customer_name"))]
    );
}

#[tokio::test]
async fn results_in_another_order_or_none_at_all_are_understood() {
    let setup = Setup::start();
    setup.admin("/faults", json!({"reverse_results": true})).await;
    let answer = setup.push(&[customer(1, "a"), customer(2, "b")]).await.unwrap();
    assert_eq!(answer.results.iter().map(RecordResult::id).collect::<Vec<_>>(), [Some("cust_1"), Some("cust_2")]);
    setup.admin("/faults", json!({"omit_results": true})).await;
    let answer = setup.push(&[customer(3, "c")]).await.unwrap();
    assert_eq!(answer.results, [RecordResult::Succeeded { id: None }]);
}
