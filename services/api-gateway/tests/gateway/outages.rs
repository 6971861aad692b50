//! What happens while the database or the broker is away, and when they are back.

use crate::stand::{Stand, integration, send};
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};
use test_support::proxy::Proxy;
use test_support::{TestDatabase, eventually};

const INTEGRATIONS: &str = "/api/geniacs/integrations";

/// A gateway whose database can be taken away from it.
pub(crate) async fn behind_a_proxy() -> (Stand, Proxy) {
    let database = TestDatabase::create().await;
    let url: url::Url = database.url().parse().unwrap();
    let proxy = Proxy::start(format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432))).await.unwrap();
    let mut proxied = url.clone();
    proxied.set_host(Some("127.0.0.1")).unwrap();
    proxied.set_port(Some(proxy.address().port())).unwrap();
    (Stand::start_at(database, proxied.as_str(), &[]).await, proxy)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_is_a_503_until_it_is_back() {
    let (stand, proxy) = behind_a_proxy().await;
    proxy.refuse();
    let away = stand.post(INTEGRATIONS, &integration("Primary")).await;
    away.assert_error(503, "database_unavailable");
    assert!(away.headers.contains_key("retry-after"));
    assert_eq!(stand.count("SELECT count(*) FROM geniacs_integrations").await, 0);
    proxy.resume();
    assert_eq!(stand.post(INTEGRATIONS, &integration("Primary")).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_silent_is_a_503_within_three_seconds_on_every_path_until_it_answers_again() {
    let (stand, proxy) = behind_a_proxy().await;
    let login = json!({"email": "nobody@example.com", "password": "not the right one"});
    assert_eq!(stand.get(INTEGRATIONS).await.status, 200);

    proxy.pause();
    let timed = async |request: reqwest::RequestBuilder| {
        let began = Instant::now();
        let answer = send(request).await;
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
        answer
    };
    // The first ones are under way when silence begins, the others come later; more than there are connections.
    for _ in 0..2 {
        let reads = (0..15).map(|_| timed(stand.request(Method::GET, INTEGRATIONS).bearer_auth(stand.admin())));
        let (reads, made, signed_in, readiness) = tokio::join!(
            futures_util::future::join_all(reads),
            timed(stand.request(Method::POST, INTEGRATIONS).bearer_auth(stand.admin()).json(&integration("Paused"))),
            timed(stand.request(Method::POST, "/api/auth/login").json(&login)),
            timed(stand.request(Method::GET, "/readyz")),
        );
        for answer in reads.iter().chain([&made, &signed_in]) {
            answer.assert_error(503, "database_unavailable");
            assert!(answer.headers.contains_key("retry-after"));
        }
        assert_eq!(readiness.status, 503);
    }

    proxy.resume();
    eventually("it answers again", Duration::from_secs(10), async || {
        (stand.get(INTEGRATIONS).await.status == 200).then_some(())
    })
    .await;
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'";
    eventually("no transaction is left open", Duration::from_secs(10), async || {
        (stand.count(open).await == 0).then_some(())
    })
    .await;
    assert_eq!(stand.count("SELECT count(*) FROM geniacs_integrations").await, 0, "nothing was half done");
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_leave_leave_nothing_half_done() {
    let stand = Stand::start().await;
    for number in 0..20 {
        let create = stand.request(Method::POST, INTEGRATIONS).bearer_auth(stand.admin());
        let create = create.json(&integration(&number.to_string())).send();
        // Long enough for some to be under way, and too short for all to be done.
        let _ = tokio::time::timeout(Duration::from_millis(number), create).await;
    }

    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'
        AND pid <> pg_backend_pid()";
    eventually("no transaction open", Duration::from_secs(10), async || (stand.count(open).await == 0).then_some(()))
        .await;

    let half_done = "SELECT count(*) FROM geniacs_integrations i
        WHERE (SELECT count(*) FROM geniacs_sync_schedules s WHERE s.integration_id = i.id) <> 4
           OR (SELECT count(*) FROM audit_log a WHERE a.action = 'integration.created' AND a.subject_id = i.id) <> 1";
    assert_eq!(stand.count(half_done).await, 0);

    assert_eq!(stand.post(INTEGRATIONS, &integration("one who stays")).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_is_ready_without_a_broker() {
    let stand = Stand::start().await;
    let ready = send(stand.request(Method::GET, "/readyz")).await;
    assert_eq!(ready.status, 200);
    assert_eq!(ready.body["checks"], json!([{"name": "database", "ready": true}]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permit_is_published_right_after_the_commit_when_the_broker_is_there() {
    // Only where the tests were given a RabbitMQ; the others need none.
    let Ok(amqp) = std::env::var("AMQP_URL") else { return };
    let prefix = format!("test-{}.", uuid::Uuid::new_v4().simple());
    let settings = [("AMQP_URL", amqp.as_str()), ("GENIACS_BROKER__PREFIX", prefix.as_str())];
    let stand = Stand::start_with(&settings).await;

    let id = stand.integration("Primary").await;
    let options = broker::BrokerOptions::new(amqp.clone(), prefix.clone());
    let mut triggered = 0;

    eventually("one permit fewer in the outbox than were made", Duration::from_secs(20), async || {
        let body = json!({"integration_id": id, "entity_type": "customers"});
        assert_eq!(stand.post("/api/geniacs/sync/trigger", &body).await.body["data"]["sync"]["status"], "processing");
        triggered += 1;
        stand.database.execute("DELETE FROM geniacs_data_sync").await;
        (stand.count("SELECT count(*) FROM outbox").await < triggered).then_some(())
    })
    .await;

    assert!(broker::queue_depth(&options, broker::Queue::Work).await.unwrap() > 0);
    broker::delete_all(&options).await.unwrap();
}
