//! Webhooks, taken by a small server.

use crate::partner::Partner;
use crate::receiver::{receiver, reluctant_receiver};
use geniacs_simulator::Config;
use serde_json::{Value, json};
use std::collections::HashSet;

#[tokio::test]
async fn webhooks_are_signed_repeated_until_accepted_and_show_changes() {
    let (url, taken) = reluctant_receiver();
    let partner = Partner::start();
    partner.order("/seed", json!({"entity": "customers", "count": 20})).await;

    let order = json!({"url": url, "secret": "hook", "entity": "customers", "count": 30, "form": "changes",
        "shuffle": true, "concurrency": 8});

    let report = partner.order("/webhooks", order).await;
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
    let (url, taken) = reluctant_receiver();
    let partner = Partner::start();
    let created = json!({"url": url, "secret": "hook", "entity": "nas_servers", "count": 2, "kind": "created"});
    assert_eq!(partner.order("/webhooks", created).await["records"], json!(["nas_1", "nas_2"]));

    let deleted = json!({"url": url, "secret": "hook", "entity": "nas_servers", "count": 2, "kind": "deleted",
        "duplicate_rate": 1, "concurrency": 1});
    assert_eq!(partner.order("/webhooks", deleted).await["sent"], 4);

    let taken = taken.lock().unwrap();
    let of = |kind: &str| taken.accepted.iter().filter(|event| event["event_type"] == kind).collect::<Vec<_>>();

    assert_eq!((of("nas_server.created").len(), of("nas_server.deleted").len()), (2, 4));
    assert!(of("nas_server.created")[0]["data"]["nas_server_name"].is_string());
    assert_eq!(of("nas_server.deleted")[0]["data"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn a_body_can_be_sent_as_it_is() {
    let (url, taken) = reluctant_receiver();
    let partner = Partner::start();

    let first = partner.order("/webhooks/raw", json!({"url": url, "secret": "hook", "body": {"a": 1}})).await;
    assert_eq!(first["status"], 503, "the receiver refuses every first attempt");

    assert_eq!(
        partner.order("/webhooks/raw", json!({"url": url, "secret": "hook", "body": "{\"a\":1}"})).await["status"],
        204
    );

    assert_eq!(
        partner.order("/webhooks/raw", json!({"url": url, "secret": "wrong", "body": "x"})).await["status"],
        400
    );

    assert_eq!(taken.lock().unwrap().badly_signed, 1);
}

#[tokio::test]
async fn every_type_of_the_contract_can_be_sent_in_every_form() {
    let (url, taken) = receiver();
    let partner = Partner::start();
    partner.order("/seed/all", json!({"customers": 20})).await;

    let entities = [
        ("customers", "customer", "customer_id"),
        ("subscriptions", "subscription", "subscription_id"),
        ("payments", "payment", "payment_id"),
        ("monitoring_data", "monitoring", "monitoring_id"),
        ("invoices", "invoice", "invoice_id"),
        ("nas_servers", "nas_server", "nas_server_id"),
    ];
    for (entity, name, id_field) in entities {
        for (kind, form) in [("created", "whole"), ("updated", "whole"), ("updated", "changes"), ("deleted", "whole")] {
            let order = json!({"url": url, "secret": "hook", "entity": entity, "count": 1, "kind": kind, "form": form});
            let report = partner.order("/webhooks", order).await;
            assert_eq!(report["accepted"], 1, "{entity} {kind}");

            let event = taken.lock().unwrap().accepted.pop().unwrap();
            assert_eq!(event["event_type"], format!("{name}.{kind}"));
            assert_eq!(event["data"][id_field], report["records"][0], "{entity} {kind}");
            assert_eq!(event["data"]["changes"].is_object(), form == "changes", "{entity} {kind}");
            assert!(event["event_id"].as_str().unwrap().starts_with("evt_"));
        }
    }
}

#[tokio::test]
async fn a_completed_payment_pays_its_invoice() {
    let (url, taken) = receiver();
    let partner = Partner::start();

    let invoice = json!([{"external_id": "1", "invoice_total_amount": 100_000, "invoice_status": "sent"}]);
    partner.push_to("/invoices", invoice, None).await;
    let payment = |id: &str| json!({"external_id": id, "invoice_id": "inv_1", "payment_amount": 50_000, "payment_status": "pending"});
    partner.push_to("/payments", json!([payment("1"), payment("2")]), None).await;

    let order = json!({"url": url, "secret": "hook", "entity": "payments", "count": 1, "kind": "completed"});
    partner.order("/webhooks", order.clone()).await;
    let (_, half) = partner.get("/invoices/inv_1").await;
    assert_eq!(
        (&half["invoice_status"], half["invoice_paid_amount"].to_string()),
        (&json!("partially_paid"), "50000.00".into())
    );

    partner.order("/webhooks", order.clone()).await;
    let (_, whole) = partner.get("/invoices/inv_1").await;
    assert_eq!(
        (&whole["invoice_status"], whole["invoice_paid_amount"].to_string()),
        (&json!("paid"), "100000.00".into())
    );
    assert!(whole["invoice_paid_at"].is_string());

    assert_eq!(partner.order("/webhooks", order).await["sent"], 0, "no payment is open any more");

    let taken = taken.lock().unwrap();
    let ids: HashSet<_> = taken.accepted.iter().map(|event| event["data"]["payment_id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 2);

    for event in &taken.accepted {
        assert_eq!(
            (&event["event_type"], &event["data"]["payment_status"]),
            (&json!("payment.completed"), &json!("success"))
        );
        assert_eq!(event["data"]["payment_paid_at"], event["timestamp"]);
    }
}

#[tokio::test]
async fn a_subscription_is_activated_once_and_shows_its_changes_by_either_name() {
    let (url, taken) = receiver();
    let partner = Partner::start();
    let records: Vec<Value> =
        (1..=2).map(|id| json!({"external_id": id.to_string(), "subscription_status": "pending"})).collect();
    partner.push_to("/subscriptions", json!(records), None).await;

    for form in ["changes", "local_changes"] {
        let order = json!({"url": url, "secret": "hook", "entity": "subscriptions", "count": 1, "kind": "activated",
            "form": form});
        assert_eq!(partner.order("/webhooks", order).await["accepted"], 1);
    }

    let taken = taken.lock().unwrap();
    let changed = json!({"old": "pending", "new": "active"});
    assert_eq!(taken.accepted[0]["data"]["changes"]["subscription_status"], changed);
    assert_eq!(taken.accepted[1]["data"]["changes"]["status"], changed);
    assert_eq!(taken.accepted[1]["data"]["changes"]["activated_at"]["new"], taken.accepted[1]["timestamp"]);
}

#[tokio::test]
async fn an_order_that_makes_no_sense_is_refused_and_the_usual_address_can_be_left_out() {
    let (url, _) = receiver();
    let partner = Partner::start();
    for wrong in [
        json!({"entity": "customers", "count": 1}),
        json!({"url": url, "secret": "hook", "entity": "customers", "count": 1, "kind": "completed"}),
        json!({"url": url, "secret": "hook", "entity": "payments", "count": 1, "kind": "activated"}),
        json!({"url": url, "secret": "hook", "entity": "payments", "count": 1, "late_rate": 2}),
        json!({"url": "nowhere", "secret": "hook", "entity": "payments", "count": 1}),
    ] {
        assert_eq!(partner.admin(reqwest::Method::POST, "/webhooks", wrong.clone()).await.0, 400, "{wrong}");
    }

    let config = Config { webhook_url: Some(url), webhook_secret: Some("hook".to_owned()), ..Config::default() };
    let partner = Partner::with(config);

    let order = json!({"entity": "customers", "count": 1, "kind": "created"});
    assert_eq!(partner.order("/webhooks", order).await["accepted"], 1);
    assert_eq!(partner.order("/webhooks/raw", json!({"body": {}})).await["status"], 204);
}
