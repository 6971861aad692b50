//! What listeners are told.

use super::{LIMIT, Listener, arrival, conflict, ended, of, processed, running};
use crate::stand::Stand;
use domain::Role;
use serde_json::json;
use std::time::{Duration, Instant};
use test_support::eventually;

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_is_told_how_things_stand_and_then_of_every_change() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let before = running(&stand, id).await;
    let (mut listener, told) = Listener::start(&stand, stand.admin()).await;
    assert_eq!(of(&told, "sync")[0]["id"], before);
    assert_eq!(
        of(&told, "integration")[0],
        &json!({"id": id, "health": {"status": "active", "reason": null, "paused_until": null}})
    );
    assert_eq!(of(&told, "ready"), [&json!({"resumed": false})]);

    processed(&stand, before, 400).await;
    let progress = listener.until("sync", |sync| sync["id"] == before).await;
    assert_eq!((&progress["status"], &progress["progress"]["percentage"]), (&json!("processing"), &json!(40)));
    assert_eq!(progress["summary"]["updated"], 400);
    ended(&stand, before).await;
    let end = listener.until("sync", |sync| sync["status"] != "processing").await;
    assert_eq!((&end["id"], &end["status"]), (&json!(before), &json!("success")));
    assert!(end["completed_at"].is_string());

    stand.database.execute(&arrival(id, "a")).await;
    let arrived = listener.until("webhook", |_| true).await;
    assert_eq!((&arrived["integration_id"], &arrived["count"]), (&json!(id), &json!(1)));
    assert_eq!(arrived["events"][0]["event_type"], "customer.updated");
    assert_eq!(arrived["events"][0]["entity_type"], "customers");
    stand.database.execute(&conflict(id, 17)).await;
    let open = listener.until("conflict", |_| true).await;
    assert_eq!((&open["local_id"], &open["state"], &open["resolution"]), (&json!(17), &json!("open"), &json!(null)));
    for text in [arrived.to_string(), open.to_string()] {
        assert!(!text.contains("siti"), "no payload and nothing personal: {text}");
    }

    storage::partners::limits::pause(&mut *stand.database.connection().await, id, 60.0, "throttled").await.unwrap();
    let paused = listener.until("integration", |_| true).await;
    assert_eq!((&paused["health"]["status"], &paused["health"]["reason"]), (&json!("paused"), &json!("throttled")));
    stand.database.execute("UPDATE integration_limits SET paused_until = geniacs_now() + interval '1 second'").await;
    // Nobody writes anything when a pause is over.
    let active = listener.until("integration", |data| data["health"]["status"] == "active").await;
    assert_eq!(active["id"], id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_a_person_triggers_and_cancels_is_told_of() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let (mut listener, _) = Listener::start(&stand, stand.admin()).await;
    let asked = json!({"integration_id": id, "entity_type": "customers"});
    let sync =
        stand.post_as(Role::Operator, "/api/geniacs/sync/trigger", &asked).await.body["data"]["sync"]["id"].clone();
    assert_eq!(listener.until("sync", |data| data["id"] == sync).await["status"], "processing");
    stand.post_as(Role::Operator, &format!("/api/geniacs/sync/{sync}/cancel"), &json!({})).await;
    listener.until("sync", |data| data["id"] == sync && data["status"] == "cancelled").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_is_told_of_at_most_four_times_a_second_and_in_order() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let sync = running(&stand, id).await;
    let (mut listener, _) = Listener::start(&stand, stand.admin()).await;

    let began = Instant::now();
    let (mut told, mut last) = (0, 0);

    let listen = async {
        loop {
            let progress = listener.until("sync", |data| data["id"] == sync).await;
            let read = progress["progress"]["processed_records"].as_i64().unwrap();
            assert!(read >= last, "{read} after {last}");
            (told, last) = (told + 1, read);
            if progress["status"] == "success" {
                break;
            }
        }
    };

    let work = async {
        for records in 1..=100 {
            processed(&stand, sync, records).await;
        }
        ended(&stand, sync).await;
    };

    tokio::join!(listen, work);
    let most = began.elapsed().as_secs_f64() * 4.0 + 1.0;
    assert_eq!(last, 100);
    assert!(f64::from(told) <= most, "{told} times within {:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_committed_late_is_told_late_and_once() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let (mut listener, _) = Listener::start(&stand, stand.admin()).await;
    let url: tokio_postgres::Config = stand.database.url().parse().unwrap();
    let (mut late, driver) = url.connect(tokio_postgres::NoTls).await.unwrap();
    let driver = tokio::spawn(driver);
    let transaction = late.transaction().await.unwrap();
    transaction.batch_execute(&format!("{}; {}", arrival(id, "late"), conflict(id, 1))).await.unwrap();

    // Higher numbers, and visible first.
    stand.database.execute(&arrival(id, "early")).await;
    stand.database.execute(&conflict(id, 2)).await;

    let (mut arrived, mut conflicts) = (Vec::new(), Vec::new());
    while arrived.is_empty() || conflicts.is_empty() {
        let event = listener.next().await.unwrap();
        match event.kind.as_str() {
            "webhook" => arrived.push(event.data["last_id"].as_i64().unwrap()),
            "conflict" => conflicts.push(event.data["local_id"].as_i64().unwrap()),
            _ => {}
        }
    }

    transaction.commit().await.unwrap();
    drop(late);
    driver.await.unwrap().unwrap();

    while arrived.len() < 2 || conflicts.len() < 2 {
        let event = listener.next().await.unwrap();
        match event.kind.as_str() {
            "webhook" => arrived.push(event.data["last_id"].as_i64().unwrap()),
            "conflict" => conflicts.push(event.data["local_id"].as_i64().unwrap()),
            _ => {}
        }
    }

    assert_eq!(conflicts, [2, 1]);
    assert_eq!(arrived[0], arrived[1] + 1, "{arrived:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_database_cannot_be_listened_to_changes_are_polled_for() {
    let stand = Stand::start_with(&[("GENIACS_DATABASE__DIRECT_URL", "postgres://nobody@127.0.0.1:1/none")]).await;
    let id = stand.integration("Primary").await;
    let (mut listener, _) = Listener::start(&stand, stand.admin()).await;
    stand.database.execute(&conflict(id, 17)).await;
    listener.until("conflict", |data| data["local_id"] == 17).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_every_stream_at_once() {
    let mut stand = Stand::start().await;
    let (mut listener, _) = Listener::start(&stand, stand.admin()).await;
    let began = Instant::now();
    stand.stop().await;
    listener.ends().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_listens_to_the_database_while_somebody_listens_to_the_gateway() {
    let stand = Stand::start().await;
    let listening = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    assert_eq!(stand.count(listening).await, 0);
    let mut listeners = Vec::new();
    for _ in 0..5 {
        listeners.push(Listener::start(&stand, stand.admin()).await);
    }
    let is = async |number| (stand.count(listening).await == number).then_some(());
    eventually("one connection", LIMIT, async || is(1).await).await;
    drop(listeners);
    eventually("none, once nobody listens", LIMIT * 2, async || is(0).await).await;
}
