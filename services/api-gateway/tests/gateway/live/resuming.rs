//! Coming back.

use super::{Listener, STREAM, arrival, conflict, ended, of, running};
use crate::stand::Stand;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_was_away_gets_what_changed_meanwhile() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let (goes_on, ends) = (running(&stand, id).await, running_of_invoices(&stand, id).await);
    stand.database.execute(&conflict(id, 1)).await;
    stand.database.execute(&arrival(id, "before")).await;
    let (listener, _) = Listener::start(&stand, stand.admin()).await;
    let place = listener.last_id.clone().unwrap();
    drop(listener);

    ended(&stand, ends).await;
    for key in ["a", "b", "c"] {
        stand.database.execute(&arrival(id, key)).await;
    }
    stand.database.execute(&conflict(id, 2)).await;
    stand
        .database
        .execute(
            "UPDATE conflicts SET state = 'resolved', resolution = 'local', resolved_at = now() WHERE local_id = 1",
        )
        .await;
    let by_query = stand.request(Method::GET, &format!("{STREAM}?last_event_id={place}")).bearer_auth(stand.admin());
    let by_query = Listener::begin(by_query.send().await.unwrap()).await.1;
    let by_header = Listener::resume(&stand, stand.admin(), Some(&place)).await.1;
    for told in [by_header, by_query] {
        let mut syncs: Vec<_> =
            of(&told, "sync").iter().map(|sync| (sync["id"].as_i64(), sync["status"].as_str())).collect();
        syncs.sort_unstable();
        assert_eq!(syncs, [(Some(goes_on), Some("processing")), (Some(ends), Some("success"))]);
        assert_eq!(of(&told, "webhook")[0]["count"], 3);
        let mut conflicts: Vec<_> =
            of(&told, "conflict").iter().map(|c| (c["local_id"].as_i64(), c["state"].as_str())).collect();
        conflicts.sort_unstable();
        assert_eq!(conflicts, [(Some(1), Some("resolved")), (Some(2), Some("open"))]);
        assert_eq!(of(&told, "integration").len(), 1);
        assert_eq!(of(&told, "ready"), [&json!({"resumed": true})]);
    }
}

async fn running_of_invoices(stand: &Stand, integration: i64) -> i64 {
    let sql = format!(
        "INSERT INTO geniacs_data_sync (integration_id, sync_type, entity_type, sync_direction, status, data, started_at)
         VALUES ({integration}, 'full', 'invoices', 'to_geniacs', 'processing', '{{}}', geniacs_now())"
    );
    stand.database.execute(&sql).await;
    stand.count("SELECT max(id) AS count FROM geniacs_data_sync").await
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_missed_however_often_a_client_breaks_off() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let (first, _) = Listener::start(&stand, stand.admin()).await;
    let (mut place, mut seen) = (first.last_id.clone().unwrap(), BTreeSet::new());
    drop(first);

    for round in 0..6 {
        let write = async {
            for number in 0..10 {
                stand.database.execute(&arrival(id, &format!("{round}-{number}"))).await;
            }
        };
        place = tokio::join!(write, look_in(&stand, &place, &mut seen)).1;
    }

    let last = Listener::resume(&stand, stand.admin(), Some(&place)).await.1;
    seen.extend(numbers(&of(&last, "webhook")));
    assert_eq!(seen.len(), 60, "{seen:?}");
}

/// Comes back, takes what there is, and breaks off.
async fn look_in(stand: &Stand, place: &str, seen: &mut BTreeSet<i64>) -> String {
    let (listener, told) = Listener::resume(stand, stand.admin(), Some(place)).await;
    seen.extend(numbers(&of(&told, "webhook")));
    listener.last_id.unwrap()
}

fn numbers(events: &[&Value]) -> Vec<i64> {
    let named = events.iter().flat_map(|event| event["events"].as_array().unwrap());
    named.map(|event| event["id"].as_i64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_means_nothing_here_begins_anew_and_one_of_the_future_is_told_so() {
    let stand = Stand::start().await;
    for rubbish in ["", "42", "null", "-1-1", "1-2-3"] {
        let told = Listener::resume(&stand, stand.admin(), Some(rubbish)).await.1;
        assert_eq!(of(&told, "ready"), [&json!({"resumed": false})], "{rubbish}");
        assert!(of(&told, "reset").is_empty());
    }
    let told = Listener::resume(&stand, stand.admin(), Some("999999999999-0")).await.1;
    assert_eq!(of(&told, "reset"), [&json!({"reason": "too_many_changes"})]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_missed_more_than_can_be_told_is_told_to_load_anew() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    let (listener, _) = Listener::start(&stand, stand.admin()).await;
    let place = listener.last_id.clone().unwrap();
    drop(listener);

    let many = format!(
        "INSERT INTO conflicts (integration_id, entity_type, local_id, fields, policy, state)
         SELECT {id}, 'customers', n, '[]', 'manual', 'open' FROM generate_series(1, 2000) n"
    );
    stand.database.execute(&many).await;

    let told = Listener::resume(&stand, stand.admin(), Some(&place)).await.1;
    assert_eq!(of(&told, "reset").len(), 1);
    assert!(of(&told, "conflict").len() <= 500);
}
