//! Records that the partner owns.

use crate::partner::Partner;
use serde_json::{Value, json};

const ENTITIES: [&str; 6] = ["nas_servers", "customers", "subscriptions", "invoices", "payments", "monitoring_data"];

async fn records(partner: &Partner, entity: &str) -> Vec<Value> {
    partner.look(&format!("/records/{entity}?limit=5000")).await["records"].as_array().unwrap().clone()
}

/// The fields of all records, without what differs from run to run.
async fn fields(partner: &Partner, entity: &str) -> Vec<Value> {
    records(partner, entity).await.into_iter().map(|mut record| record["fields"].take()).collect()
}

#[tokio::test]
async fn records_of_all_six_entities_refer_to_each_other() {
    let partner = Partner::start();
    let made = partner.order("/seed/all", json!({"customers": 50, "seed": 4})).await;
    let counts = json!({"nas_servers": 2, "customers": 50, "subscriptions": 60, "invoices": 150, "payments": 125,
        "monitoring_data": 500});
    assert_eq!(made["created"], counts);

    for (entity, count) in counts.as_object().unwrap() {
        assert_eq!(&partner.look(&format!("/count/{entity}")).await["count"], count, "{entity}");
    }

    let found = |count: usize| json!({"found": count, "dangling": 0, "empty": 0});
    let subscriptions = json!({"customer_id": found(60), "nas_server_id": found(60)});
    assert_eq!(partner.look("/references/subscriptions").await, subscriptions);

    let invoices = json!({"customer_id": found(150), "subscription_id": found(150)});
    assert_eq!(partner.look("/references/invoices").await, invoices);

    let payments = json!({"customer_id": found(125), "invoice_id": found(125)});
    assert_eq!(partner.look("/references/payments").await, payments);

    let samples = partner.look("/references/monitoring_data").await;
    assert_eq!(samples["nas_server_id"], found(500));
    assert_eq!(samples["subscription_id"], json!({"found": 250, "dangling": 0, "empty": 250}));
}

#[tokio::test]
async fn an_invoice_and_its_payment_agree_with_the_subscription() {
    let partner = Partner::start();
    partner.order("/seed/all", json!({"customers": 40})).await;
    let subscriptions = fields(&partner, "subscriptions").await;
    let invoices = fields(&partner, "invoices").await;

    for (payment, invoice) in fields(&partner, "payments").await.iter().zip(&invoices) {
        assert_eq!(payment["customer_id"], invoice["customer_id"]);
        if invoice["invoice_status"] == "paid" {
            assert_eq!(payment["payment_amount"], invoice["invoice_total_amount"]);
            assert_eq!(payment["payment_status"], "success");
        }
    }

    for (number, invoice) in invoices.iter().enumerate() {
        let subscription = &subscriptions[number % subscriptions.len()];
        assert_eq!(invoice["customer_id"], subscription["customer_id"]);
        assert_eq!(invoice["invoice_amount"], subscription["subscription_price"]);
        assert!(invoice["invoice_amount"].to_string().ends_with(".00"), "money keeps its two decimals");
    }
}

#[tokio::test]
async fn a_seed_makes_the_same_records_and_another_one_others() {
    let (one, same, other) = (Partner::start(), Partner::start(), Partner::start());
    for (partner, seed) in [(&one, 7), (&same, 7), (&other, 8)] {
        partner.order("/seed/all", json!({"customers": 20, "seed": seed})).await;
    }

    for entity in ENTITIES {
        let made = fields(&one, entity).await;
        assert_eq!(made, fields(&same, entity).await, "{entity}");
        assert!(made.iter().zip(fields(&other, entity).await).all(|(one, other)| *one != other), "{entity}");
    }
}

#[tokio::test]
async fn a_second_seed_goes_on_where_the_first_ended_and_prefers_the_partners_own_records() {
    let partner = Partner::start();
    partner.push(json!([{"external_id": "1", "customer_name": "Siti"}]), None).await;
    partner.order("/seed", json!({"entity": "subscriptions", "count": 1})).await;
    assert_eq!(fields(&partner, "subscriptions").await[0]["customer_id"], "cust_1", "a pushed one, for want of others");

    partner.order("/seed", json!({"entity": "customers", "count": 2})).await;
    partner.order("/seed", json!({"entity": "subscriptions", "count": 4})).await;

    let named: Vec<Value> =
        fields(&partner, "subscriptions").await[1..].iter().map(|s| s["customer_id"].clone()).collect();
    assert_eq!(named, ["cust_3", "cust_2", "cust_3", "cust_2"]);
}

#[tokio::test]
async fn too_many_records_are_refused() {
    let partner = Partner::start();
    for (path, body) in
        [("/seed", json!({"entity": "customers", "count": 5_000_001})), ("/seed/all", json!({"customers": 500_001}))]
    {
        assert_eq!(partner.admin(reqwest::Method::POST, path, body).await.0, 400, "{path}");
    }
}
