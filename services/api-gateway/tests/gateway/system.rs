//! How the whole system is.

use crate::stand::Stand;
use broker::{Broker, BrokerOptions, Queue};
use messages::Message;
use messages::v1::WakeReason;
use serde_json::{Value, json};
use service::CancellationToken;
use std::time::Duration;
use test_support::eventually;
use uuid::Uuid;

async fn system(stand: &Stand) -> Value {
    let answer = stand.get("/api/system").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["data"]["system"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_what_waits_and_how_each_integration_stands_are_told_without_a_broker() {
    let stand = Stand::start().await;
    let one = stand.integration("one").await;

    stand
        .database
        .execute(&format!(
            "INSERT INTO outbox (queue, type_name, payload, available_at) VALUES ('work', 't', '', now() - interval '90 seconds'),
                 ('work', 't', '', now() + interval '1 hour');
             INSERT INTO geniacs_data_sync (id, integration_id, sync_type, entity_type, sync_direction, status, data)
             VALUES (1, {one}, 'full', 'customers', 'to_geniacs', 'processing', '{{}}');
             INSERT INTO sync_chunks (sync_id, integration_id, kind, available_at)
             VALUES (1, {one}, 'push', now() - interval '40 seconds'), (1, {one}, 'push', now() + interval '1 hour');
             INSERT INTO geniacs_webhook_events (integration_id, event_type, dedupe_key, payload, available_at)
             VALUES ({one}, 'customer.updated', 'evt_1', '{{}}', now() - interval '70 seconds');
             INSERT INTO integration_limits (integration_id, failures, opened_at, next_probe_at)
             VALUES ({one}, 5, now(), now() + interval '1 minute')"
        ))
        .await;

    let system = system(&stand).await;
    assert_eq!(system["versions"]["service"], env!("CARGO_PKG_VERSION"));
    assert_eq!(system["versions"]["rabbitmq"], Value::Null);
    let newest = stand.count("SELECT max(version)::bigint AS count FROM __diesel_schema_migrations").await;
    assert_eq!(system["versions"]["schema"].as_str().unwrap().parse(), Ok(newest));
    assert!(system["versions"]["postgresql"].as_str().unwrap().starts_with(|c: char| c.is_ascii_digit()), "{system}");

    assert_eq!(system["broker"]["connected"], false);
    assert!(system["broker"]["message"].is_string());

    let names: Vec<&Value> = system["queues"].as_array().unwrap().iter().map(|queue| &queue["name"]).collect();
    assert_eq!(names, ["work", "webhooks", "dead-letters"]);
    let work = &system["queues"][0];
    assert_eq!((&work["messages"], &work["consumers"]), (&Value::Null, &Value::Null));
    let seconds = |value: &Value| value.as_i64().unwrap();
    assert!((40..100).contains(&seconds(&work["oldest_message_seconds"])), "{work}");

    assert_eq!(system["outbox"]["rows"], 2);
    assert!((90..150).contains(&seconds(&system["outbox"]["lag_seconds"])), "{system}");

    let backlog = &system["backlog"];
    assert_eq!((&backlog["ready_chunks"], &backlog["ready_events"]), (&json!(1), &json!(1)));
    assert!((70..130).contains(&seconds(&backlog["oldest_seconds"])), "{system}");

    let integration = &system["integrations"][0];
    assert_eq!((&integration["id"], &integration["name"]), (&json!(one), &json!("one")));
    assert_eq!(integration["health"]["breaker"]["state"], "open");
    assert_eq!(integration["health"]["windows"].as_array().unwrap().len(), 3, "{integration}");

    let health = stand.get(&format!("/api/geniacs/integrations/{one}/health")).await;
    assert_eq!(integration["health"], health.body["data"]["health"], "the same as the integration's own");
}

#[tokio::test(flavor = "multi_thread")]
async fn depths_and_consumers_of_our_queues_are_told_and_its_version() {
    let url = std::env::var("AMQP_URL").expect("AMQP_URL is not set: run `make test`, which starts a RabbitMQ");
    let prefix = format!("test-{}-", Uuid::now_v7().simple());
    let options = BrokerOptions::new(url.clone(), prefix.clone());
    let broker = Broker::open(options.clone(), CancellationToken::new()).await.unwrap();
    let stand = Stand::start_with(&[("AMQP_URL", url.as_str()), ("GENIACS_BROKER__PREFIX", prefix.as_str())]).await;
    broker.connected().await;

    for _ in 0..3 {
        broker.publish(Queue::Work, &Message::work(WakeReason::Triggered)).await.unwrap();
    }

    test_support::eventually("the three are counted", std::time::Duration::from_secs(30), async || {
        let system = system(&stand).await;
        let version = system["versions"]["rabbitmq"].as_str().is_some_and(|version| version.contains('.'));
        let expected = json!([3, 0]);
        let work = json!([system["queues"][0]["messages"], system["queues"][0]["consumers"]]);
        (version && system["broker"] == json!({"connected": true, "message": null}) && work == expected).then_some(())
    })
    .await;
    broker::delete_all(&options).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn running_services_are_told_with_their_last_sign_of_life() {
    let stand = Stand::start().await;

    stand
        .database
        .execute(
            "INSERT INTO running_services (service, version, started_at, seen_at) VALUES
             ('sync-worker', '0.0.9', now() - interval '1 day', now() - interval '10 minutes'),
             ('scheduler', '0.0.8', now() - interval '1 day', now() - interval '2 hours')",
        )
        .await;

    let services = async || system(&stand).await["services"].clone();
    let of =
        |services: &Value, name: &str| services.as_array().unwrap().iter().find(|one| one["name"] == name).cloned();
    let gateway = eventually("the gateway gives a sign of life", Duration::from_secs(20), async || {
        of(&services().await, "api-gateway")
    });
    let gateway = gateway.await;

    let services = services().await;
    assert_eq!((&gateway["version"], &gateway["alive"]), (&json!(env!("CARGO_PKG_VERSION")), &json!(true)));
    assert_eq!(of(&services, "sync-worker").unwrap()["alive"], false);
    assert!(of(&services, "scheduler").is_none(), "it was silent for too long");
}
