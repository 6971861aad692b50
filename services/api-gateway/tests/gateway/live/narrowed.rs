//! A stream of one sync.

use super::{Listener, STREAM};
use crate::stand::Stand;
use domain::Role;
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_one_sync_tells_of_it_and_of_its_log_entries_and_of_nothing_else() {
    let stand = Stand::start().await;
    let integration = stand.integration("one").await;
    let trigger = async |entity: &str| {
        let body = json!({"integration_id": integration, "entity_type": entity});
        stand.post("/api/geniacs/sync/trigger", &body).await.body["data"]["sync"]["id"].as_i64().unwrap()
    };
    let (ours, other) = (trigger("customers").await, trigger("payments").await);
    let request = stand.request(Method::GET, &format!("{STREAM}?sync_id={ours}"));
    let response = request.bearer_auth(stand.token_for(Role::Viewer)).send().await.unwrap();
    let (mut listener, told) = Listener::begin(response).await;
    assert_eq!(told.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>(), ["sync", "ready"]);
    assert_eq!(told[0].data["id"], ours);

    let note = |sync: i64, message: &str| {
        format!(
            "INSERT INTO geniacs_sync_logs (integration_id, sync_id, log_level, message) VALUES ({integration}, {sync}, 'info', '{message}')"
        )
    };
    // Entries are told from the first look on, which comes soon after the beginning: so they are written until one is told.
    let write = async {
        loop {
            stand.database.execute(&note(other, "of another")).await;
            stand.database.execute(&note(ours, "ours")).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let entry = tokio::select! {
        () = write => unreachable!("it goes on for ever"),
        entry = listener.until("log", |_| true) => entry,
    };
    assert_eq!((&entry["sync_id"], &entry["message"]), (&json!(ours), &json!("ours")));

    let end = |sync: i64| {
        format!("UPDATE geniacs_data_sync SET status = 'cancelled', completed_at = now() WHERE id = {sync}")
    };
    stand.database.execute(&end(other)).await;
    stand.database.execute(&end(ours)).await;
    loop {
        let event = listener.next().await.unwrap();
        if event.kind == "sync" {
            assert_eq!((&event.data["id"], &event.data["status"]), (&json!(ours), &json!("cancelled")));
            break;
        }
    }
    let missing = stand.get(&format!("{STREAM}?sync_id=999")).await;
    missing.assert_error(404, "not_found");
}
