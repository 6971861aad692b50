//! Records beside their links, and their timelines.

use crate::stand::Stand;
use mapping::canonical_bytes;
use serde_json::{Value, json};
use std::fmt::Write as _;

const RECORDS: &str = "/api/geniacs/records/customers";

/// Customers 1 to 4: never linked, changed since, with a conflict, in step.
async fn four_customers() -> (Stand, i64) {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    stand
        .database
        .execute(&format!(
            "INSERT INTO customers (customer_code, name, email) SELECT 'C' || n, 'Customer ' || n, 'c' || n || '@example.com'
             FROM generate_series(1, 4) n;
             INSERT INTO record_links (integration_id, entity_type, local_id, geniacs_id, content_hash, last_synced_at)
             SELECT {id}, 'customers', n, 'cust_' || n, '\\x00', now() FROM generate_series(2, 4) n;
             INSERT INTO conflicts (integration_id, entity_type, local_id, geniacs_id, fields, policy, state)
             VALUES ({id}, 'customers', 3, 'cust_3', '[]', 'manual', 'open')"
        ))
        .await;

    let mapped = stand.get(&format!("{RECORDS}/4?integration_id={id}")).await.body["data"]["record"]["mapped"].clone();
    let mut bytes = Vec::new();
    canonical_bytes(mapped.as_object().unwrap(), &mut bytes);
    let mut hash = String::new();
    for byte in secrets::content_hash(&bytes) {
        write!(hash, "{byte:02x}").unwrap();
    }

    let sql = format!("UPDATE record_links SET content_hash = '\\x{hash}' WHERE local_id = 4");
    stand.database.execute(&sql).await;
    (stand, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_listed_with_how_they_stand_and_can_be_narrowed() {
    let (stand, id) = four_customers().await;
    let list =
        async |query: &str| stand.get(&format!("{RECORDS}?integration_id={id}&{query}")).await.body["data"].clone();

    let all = list("").await;
    let states: Vec<&Value> = all["records"].as_array().unwrap().iter().map(|record| &record["state"]).collect();
    assert_eq!(states, ["unlinked", "differs", "conflict", "in_step"]);
    assert_eq!(all["next_cursor"], json!(null));

    let ids = async |query: &str| {
        stand.walk(&format!("{RECORDS}?integration_id={id}&{query}"), "records", "id").await.join(" ")
    };
    assert_eq!(ids("limit=3").await, "1 2 3 4");
    assert_eq!(ids("limit=1&state=differs").await, "2");
    assert_eq!(ids("state=in_step").await, "4");
    assert_eq!(ids("q=C3").await, "3");
    assert_eq!(ids("q=2").await, "2");
    assert_eq!(ids("q=c").await, "1 2 3 4", "their codes and names begin with it, in any case");
    assert_eq!(ids("q=customer%203&limit=1").await, "3");
    assert_eq!(ids("q=cust_4").await, "4", "an id of Geniacs");
    assert_eq!(ids("q=%25").await, "", "signs of patterns are taken by the letter");

    stand.get(RECORDS).await.assert_error(400, "bad_parameter");
    stand.get(&format!("{RECORDS}?integration_id={id}&state=lost")).await.assert_error(400, "bad_parameter");
    stand.get(&format!("/api/geniacs/records/routers?integration_id={id}")).await.assert_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_stands_beside_its_link_and_shows_no_secret() {
    let (stand, id) = four_customers().await;

    let record = stand.get(&format!("{RECORDS}/4?integration_id={id}")).await.body["data"]["record"].clone();
    assert_eq!((&record["geniacs_id"], &record["state"]), (&json!("cust_4"), &json!("in_step")));
    assert_eq!(
        (&record["record"]["name"], &record["mapped"]["customer_name"]),
        (&json!("Customer 4"), &json!("Customer 4"))
    );
    assert!(record["last_synced_at"].is_string(), "{record}");

    stand.get(&format!("{RECORDS}/99?integration_id={id}")).await.assert_error(404, "not_found");
    stand.get(&format!("{RECORDS}/4?integration_id=99")).await.assert_error(404, "not_found");

    stand
        .database
        .execute("INSERT INTO nas_servers (nasname, secret, community) VALUES ('10.0.0.1', 'hidden', 'hidden')")
        .await;
    let server = stand.get(&format!("/api/geniacs/records/nas_servers/1?integration_id={id}")).await.body;
    assert!(server["data"]["record"]["record"]["nasname"].is_string(), "{server}");
    assert!(!server.to_string().contains("hidden"), "{server}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_goes_newest_first_and_outlives_the_row() {
    let (stand, id) = four_customers().await;

    stand
        .database
        .execute(&format!(
            "INSERT INTO record_history (integration_id, entity_type, local_id, geniacs_id, direction, action, changes, cause, sync_id)
             SELECT {id}, 'customers', 2, 'cust_2', 'to_geniacs', 'updated', '{{\"name\": {{\"old\": 1, \"new\": 2}}}}', 'sync', n
             FROM generate_series(1, 5) n;
             INSERT INTO record_history (integration_id, entity_type, geniacs_id, direction, action, reason, cause, webhook_event_id)
             VALUES ({id}, 'customers', 'cust_2', 'from_geniacs', 'failed', 'data_error: no', 'webhook', 7);
             DELETE FROM customers WHERE id = 2"
        ))
        .await;

    let path = format!("{RECORDS}/2/timeline");
    assert_eq!(stand.walk(&format!("{path}?limit=4"), "timeline", "id").await.join(" "), "6 5 4 3 2 1");

    let lines = stand.get(&path).await.body["data"]["timeline"].clone();
    assert_eq!(lines[0]["cause"], json!({"kind": "webhook", "event_id": 7}));
    assert_eq!((&lines[0]["reason"], &lines[0]["changes"]), (&json!("data_error: no"), &json!({})));
    assert_eq!(lines[1]["cause"], json!({"kind": "sync", "sync_id": 5}));
    assert_eq!(lines[1]["changes"], json!({"name": {"old": 1, "new": 2}}));

    assert_eq!(stand.get(&format!("{path}?integration_id=99")).await.body["data"]["timeline"], json!([]));
}
