//! Who may send.

use secrets::sign_hex;
use serde_json::Value;

use crate::stand::{Stand, event, eventually, told};

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_a_wrong_and_a_foreign_signature_are_refused_alike() {
    let stand = Stand::new().await;
    let (own, other) = (stand.integration("own").await.to_string(), stand.integration("other").await.to_string());
    let body = event("evt_1");
    let foreign = sign_hex(b"other", &[body.as_bytes()]);
    let right = sign_hex(b"own", &[body.as_bytes()]);
    let mut answers = vec![stand.request(&own).body(body.clone()).send().await.unwrap()];
    for (path, signature) in [
        (own.as_str(), ""),
        (&own, "rubbish"),
        (&own, &right[..62]),
        (&own, &foreign),
        ("handle", "00"),
        ("999999", &right),
        ("no-number", &right),
        ("999999", ""),
    ] {
        answers.push(stand.post(path, signature, body.clone()).await);
    }
    for answer in answers {
        assert_eq!(answer.status(), 400);
        let told = told(answer).await;
        assert_eq!(told["error"], serde_json::json!({"code": "invalid_signature"}));
        assert!(!told.to_string().contains("Budi"));
    }
    assert_eq!(stand.post(&own, &right, body.clone()).await.status(), 200);
    assert_eq!(stand.post(&other, &format!("sha256={foreign}"), body).await.status(), 200);
    assert_eq!(stand.count("geniacs_webhook_events").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_secret_works_at_once_and_the_old_one_for_its_grace_time() {
    let stand = Stand::new().await;
    let id = stand.integration("old").await;
    let path = id.to_string();
    assert_eq!(stand.send(&path, "old", event("1")).await.status(), 200);
    let (new, old) = (stand.seal(id, "webhook_secret", "new"), stand.seal(id, "webhook_secret_previous", "old"));
    stand
        .execute(&format!(
            "UPDATE geniacs_integrations SET webhook_secret = '{new}', webhook_secret_previous = '{old}',
                 webhook_secret_previous_until = now() + interval '1 hour' WHERE id = {id}"
        ))
        .await;
    assert_eq!(stand.send(&path, "new", event("2")).await.status(), 200);
    assert_eq!(stand.send(&path, "old", event("3")).await.status(), 200);
    assert_eq!(stand.send("handle", "old", event("4")).await.status(), 200);
    stand.execute("UPDATE geniacs_integrations SET webhook_secret_previous_until = now() - interval '1 second'").await;
    eventually("the grace time ends", async || stand.send(&path, "old", event("5")).await.status() == 400).await;
    assert_eq!(stand.send(&path, "nobody", event("6")).await.status(), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_common_path_finds_the_integration_by_its_secret() {
    let stand = Stand::new().await;
    stand.integration("first").await;
    let second = stand.integration("second").await;
    assert_eq!(stand.send("handle", "second", event("1")).await.status(), 200);
    assert_eq!(stand.count(&format!("geniacs_webhook_events WHERE integration_id = {second}")).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_of_several_integrations_is_refused_with_the_path_to_use() {
    let stand = Stand::new().await;
    let first = stand.integration("shared").await;
    stand.integration("shared").await;
    let answer = stand.send("handle", "shared", event("1")).await;
    assert_eq!(answer.status(), 400);
    let told: Value = told(answer).await;
    assert!(told["message"].as_str().unwrap().contains("/webhook/{integration_id}"), "{told}");
    assert_eq!(stand.send(&first.to_string(), "shared", event("1")).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inactive_integration_s_events_are_stored_and_an_archived_one_s_are_refused() {
    let stand = Stand::new().await;
    let id = stand.integration("s3cret").await;
    let path = id.to_string();
    stand.execute("UPDATE geniacs_integrations SET is_active = false").await;
    assert_eq!(stand.send(&path, "s3cret", event("1")).await.status(), 200);
    assert_eq!(stand.send("handle", "s3cret", event("2")).await.status(), 400);
    stand.execute("UPDATE geniacs_integrations SET archived_at = now(), webhook_secret = NULL").await;
    eventually("it is refused", async || stand.send(&path, "s3cret", event("3")).await.status() == 400).await;
}
