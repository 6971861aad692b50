//! Partners that differ in what the contract leaves open.

use crate::partner::Partner;
use chrono::{DateTime, Utc};
use reqwest::Method;
use serde_json::{Value, json};

async fn with(faults: Value) -> Partner {
    let partner = Partner::start();
    partner.order("/faults", faults).await;
    partner
}

async fn push(partner: &Partner, record: Value) {
    let (status, answer) = partner.push(json!([record]), None).await;
    assert_eq!((status, &answer["failed_records"]), (200, &json!(0)), "{answer}");
}

async fn customer(partner: &Partner) -> Value {
    partner.get("/customers/cust_1").await.1
}

#[tokio::test]
async fn a_push_may_replace_fields_that_it_does_not_name() {
    for (replaces, kept) in [(true, Value::Null), (false, json!("+62"))] {
        let partner = with(json!({"replace_records": replaces})).await;
        push(&partner, json!({"external_id": "1", "name": "Siti", "phone": "+62"})).await;
        push(&partner, json!({"external_id": "1", "name": "Siti"})).await;
        assert_eq!(customer(&partner).await["phone"], kept);
    }
}

#[tokio::test]
async fn pushed_numbers_are_rounded() {
    let partner = with(json!({"round_numbers": true})).await;
    push(&partner, json!({"external_id": "1", "balance": 17.25, "name": "17.25"})).await;
    let record = customer(&partner).await;
    assert_eq!((&record["balance"], &record["name"]), (&json!(17), &json!("17.25")));
}

#[tokio::test]
async fn a_listing_goes_by_id_or_by_nothing_and_still_shows_everything_once() {
    for (by, in_order) in [("id", true), ("nothing", false)] {
        let partner = with(json!({"list_by": by})).await;
        partner.order("/seed", json!({"entity": "customers", "count": 9})).await;
        partner.order("/touch", json!({"entity": "customers", "count": 4})).await;

        let (mut shown, mut target) = (Vec::new(), "/customers?limit=4".to_owned());
        loop {
            let page = partner.get(&target).await.1;
            shown
                .extend(page["data"].as_array().unwrap().iter().map(|r| r["customer_id"].as_str().unwrap().to_owned()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            target = format!("/customers?limit=4&cursor={cursor}");
        }

        let mut sorted = shown.clone();
        sorted.sort();
        sorted.dedup();

        assert_eq!(sorted.len(), 9, "{by}: {shown:?}");
        assert_eq!(sorted == shown, in_order, "{by}: {shown:?}");
    }
}

#[tokio::test]
async fn times_are_hidden_or_shown_by_the_partners_own_clock_and_as_exactly_as_it_is() {
    let partner = with(json!({"hide_updated_at": true})).await;
    push(&partner, json!({"external_id": "1", "name": "Siti"})).await;
    assert_eq!(customer(&partner).await.get("updated_at"), None);

    partner
        .order("/faults", json!({"hide_updated_at": null, "time_precision": "seconds", "clock_ahead_seconds": 7200}))
        .await;

    let answer = partner.call(Method::GET, "/customers/cust_1", "", None).await;
    let date = DateTime::parse_from_rfc2822(answer.headers()["date"].to_str().unwrap()).unwrap();
    assert!((7_100..7_300).contains(&(date.timestamp() - Utc::now().timestamp())), "{date}");

    let shown = customer(&partner).await["updated_at"].as_str().unwrap().to_owned();
    assert_eq!(shown.len(), "2026-03-02T08:00:00Z".len(), "{shown}");

    let since = shown.replace(':', "%3A");
    let page = partner.get(&format!("/customers?updated_since={since}")).await.1;
    assert_eq!(page["data"].as_array().unwrap().len(), 1, "updated_since goes by the same clock: {page}");
}

#[tokio::test]
async fn a_cursor_dies() {
    let partner = with(json!({"dead_cursor_rate": 1.0})).await;
    partner.order("/seed", json!({"entity": "customers", "count": 3})).await;
    let (status, page) = partner.get("/customers?limit=2").await;
    assert_eq!(status, 200, "{page}");
    let cursor = page["next_cursor"].as_str().unwrap();
    assert_eq!(partner.get(&format!("/customers?limit=2&cursor={cursor}")).await.0, 410);
}

#[tokio::test]
async fn an_empty_field_is_shown_as_an_empty_text() {
    let partner = with(json!({"empty_texts": true})).await;
    push(&partner, json!({"external_id": "1", "phone": null})).await;
    assert_eq!(customer(&partner).await["phone"], "");
}

#[tokio::test]
async fn a_failure_is_answered_with_200() {
    let partner = with(json!({"fail_with_200": true})).await;
    let (status, answer) = partner.get("/customers/cust_9").await;
    assert_eq!((status, &answer["success"], &answer["error"]["type"]), (200, &json!(false), &json!("not_found")));
}

#[tokio::test]
async fn a_merged_record_leads_to_another_and_a_renumbered_one_is_known_by_its_new_id_only() {
    let partner = Partner::start();
    for id in ["1", "2", "3"] {
        push(&partner, json!({"external_id": id, "name": id})).await;
    }

    partner.order("/records/customers/cust_1/merge", json!({"into": "cust_2"})).await;
    assert_eq!(customer(&partner).await["customer_id"], "cust_2");

    let new = partner.order("/records/customers/cust_3/renumber", json!({})).await["id"].as_str().unwrap().to_owned();
    assert_eq!(partner.get("/customers/cust_3").await.0, 404);
    let record = partner.get(&format!("/customers/{new}")).await.1;
    assert_eq!((&record["external_id"], &record["name"]), (&json!("3"), &json!("3")));

    let listed = partner.get("/customers").await.1;
    assert_eq!(listed["data"].as_array().unwrap().len(), 2, "{listed}");
}
