//! Live events of real work, and the gateway beside a flood.

use crate::syncs::load_customers;
use end_to_end::{Stack, StackOptions};
use serde_json::{Value, json};
use std::time::Instant;
use storage::people::users;

/// The `sync` events of a stream, one at a time.
struct Syncs {
    stream: reqwest::Response,
    text: String,
}

impl Syncs {
    async fn next(&mut self) -> Value {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let data = block.lines().find_map(|line| line.strip_prefix("data: ")).map(str::to_owned);
                let is_sync = block.starts_with("event: sync\n");
                let rest = rest.to_owned();
                self.text = rest;
                if let Some(data) = data.filter(|_| is_sync) {
                    return serde_json::from_str(&data).expect("JSON");
                }
            }

            let bytes = self.stream.chunk().await.expect("the stream goes on").expect("and does not end");
            self.text.push_str(std::str::from_utf8(&bytes).expect("text"));
        }
    }

    /// The events of one sync up to its end.
    async fn of(&mut self, id: i64) -> Vec<Value> {
        let mut told = Vec::new();
        loop {
            let event = self.next().await;
            if event["id"] == id {
                let ended = event["completed_at"].is_string();
                told.push(event);
                if ended {
                    return told;
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_progress_of_a_sync_arrives_in_order_and_ends_with_its_end() {
    let stack = Stack::start(StackOptions::default()).await;
    load_customers(&stack, 3_000).await;
    stack.admin("faults", &json!({"latency_ms": 100})).await;
    let mut syncs = Syncs { stream: stack.events().await, text: String::new() };

    let id = stack.trigger("full", "to_geniacs").await;
    let told = syncs.of(id).await;

    let read: Vec<i64> = told.iter().filter_map(|sync| sync["progress"]["processed_records"].as_i64()).collect();
    assert!(read.is_sorted() && read.len() == told.len(), "{read:?}");
    assert!(read.iter().any(|read| (1..3_000).contains(read)), "progress on the way: {read:?}");

    let (end, before) = told.split_last().expect("its end");
    assert_eq!((&end["status"], &end["progress"]["percentage"]), (&json!("success"), &json!(100)), "{end}");
    assert_eq!(end["summary"]["created"], 3_000);
    assert!(before.iter().all(|sync| sync["status"] == "processing" || sync["status"] == "pending"), "{before:?}");

    // Nothing more is told of what has ended.
    let next = stack.trigger("incremental", "to_geniacs").await;
    loop {
        let event = syncs.next().await;
        assert_ne!(event["id"], id);
        if event["id"] == next && event["completed_at"].is_string() {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_flood_of_webhooks_people_still_sign_in_and_nothing_taken_is_lost() {
    const WEBHOOKS: i64 = 6_000;
    let stack = Stack::start(StackOptions::default()).await;
    let hash = secrets::hash_password("correct horse").expect("a hash");
    let new =
        users::NewUser { email: "siti@example.com", name: "Siti", role: domain::Role::Viewer, password_hash: &hash };
    users::insert(&mut *stack.database.connection().await, new).await.expect("the user is stored");
    stack.admin("seed", &json!({"entity": "customers", "count": 400, "seed": 5})).await;

    let run = json!({
        "url": stack.webhook_url(), "secret": stack.webhook_secret, "entity": "customers", "count": WEBHOOKS,
        "concurrency": 64, "kind": "updated", "form": "changes",
    });

    let flood = async { (stack.admin("webhooks", &run).await, Instant::now()) };
    let sign_in = async {
        for _ in 0..3 {
            let login = json!({"email": "siti@example.com", "password": "correct horse"});
            stack.post("/api/auth/login", &login).await;
        }
        Instant::now()
    };

    // How long signing in takes depends on the machine; that it does not wait for the flood's end does not.
    let ((report, flood_ended), signed_in) = tokio::join!(flood, sign_in);
    assert!(signed_in < flood_ended, "{:?} after the flood", signed_in - flood_ended);

    let accepted = report["accepted"].as_i64().expect("a count");
    assert!(accepted > 0, "{report}");
    let stored = stack.database.ask("SELECT count(*) FROM geniacs_webhook_events").await;
    assert!(stored.parse::<i64>().expect("a count") >= accepted, "{stored} stored of {report}");
}
