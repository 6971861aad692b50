//! Looking for anything.

use crate::stand::Stand;
use serde_json::{Value, json};

async fn found(stand: &Stand, text: &str) -> Value {
    let answer = stand.get(&format!("/api/geniacs/search?q={text}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["data"]["results"].clone()
}

fn ids(items: &Value) -> Vec<i64> {
    items.as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect()
}

async fn stand_with_things() -> (Stand, i64) {
    let stand = Stand::start().await;

    let integration = stand.integration("Siti Net").await;
    let rows = format!(
        "INSERT INTO customers (id, name, email, phone, customer_code, geniacs_customer_id) VALUES
             (11, 'Siti Rahayu', 'rahayu@example.co.id', '+628123', 'C-11', 'cust_a'), (12, 'Budi', 'siti@example.co.id', '0812', 'C-12', NULL);
         INSERT INTO customers (id, name, customer_code) SELECT 100 + n, 'Many ' || n, 'M-' || n FROM generate_series(1, 20) n;
         INSERT INTO nas_servers (nasname, shortname, secret) VALUES ('10.0.0.9', 'siti-router', 'hidden');
         INSERT INTO record_links (integration_id, entity_type, local_id, geniacs_id) VALUES ({integration}, 'customers', 12, 'cust_b');
         INSERT INTO geniacs_data_sync (id, integration_id, sync_type, entity_type, sync_direction, status, data)
         VALUES (77, {integration}, 'full', 'customers', 'to_geniacs', 'success', '{{}}');
         INSERT INTO geniacs_webhook_events (id, integration_id, event_type, event_id, dedupe_key, geniacs_id, payload)
         VALUES (77, {integration}, 'customer.updated', 'evt_1', 'evt_1', 'cust_a', '{{}}')"
    );

    stand.database.execute(&rows).await;
    (stand, integration)
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_found_by_name_address_number_code_and_either_id() {
    let (stand, integration) = stand_with_things().await;
    for (text, expected) in [
        ("siti", vec![11, 12, 1]),
        ("SITI%20R", vec![11]),
        ("%2B62812", vec![11]),
        ("c-1", vec![11, 12]),
        ("12", vec![12, 120]),
        ("10", vec![101, 102, 103, 104, 105, 1]),
        ("cust_a", vec![11]),
        ("cust_b", vec![12]),
        ("cust_", vec![12]),
        ("0", vec![12]),
        ("rahayu@", vec![11]),
        ("%25", vec![]),
    ] {
        let results = found(&stand, text).await;
        assert_eq!(ids(&results["records"]), expected, "{text}: {results}");
    }

    let siti = found(&stand, "siti").await;
    let hit = json!({"entity_type": "customers", "id": 11, "name": "Siti Rahayu", "geniacs_id": "cust_a"});
    assert_eq!(siti["records"][0], hit);
    assert_eq!(ids(&siti["integrations"]), [integration]);

    assert_eq!(ids(&found(&stand, "many").await["records"]).len(), 5, "some of each kind");
    assert!(!siti.to_string().contains("hidden"));
}

#[tokio::test(flavor = "multi_thread")]
async fn syncs_and_events_are_found_by_their_ids() {
    let (stand, _) = stand_with_things().await;
    let by_number = found(&stand, "77").await;
    assert_eq!((ids(&by_number["syncs"]), ids(&by_number["webhook_events"])), (vec![77], vec![77]));
    assert_eq!(ids(&found(&stand, "evt_1").await["webhook_events"]), [77]);
    assert_eq!(ids(&found(&stand, "cust_a").await["webhook_events"]), [77]);
    stand.get("/api/geniacs/search").await.assert_error(400, "bad_parameter");
    stand.get("/api/geniacs/search?q=").await.assert_error(400, "bad_parameter");
}
