//! Signatures that are accepted, and signatures that are refused.

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

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_signature_is_refused_before_anything_is_looked_up_or_hashed() {
    let stand = Stand::new().await;
    let right = sign_hex(b"s3cret", &[event("1").as_bytes()]);
    // With secrets at hand that cannot be read anew, a signature of an integration that is not known is a 503.
    stand.database_proxy.refuse();
    assert_eq!(stand.post("999999", &right, event("1")).await.status(), 503);

    for signature in ["", "sha256=", "rubbish", &right[..62], &format!("{right}00"), &right.replace(|_| true, "g")] {
        assert_eq!(stand.post("999999", signature, event("1")).await.status(), 400, "{signature}");
    }
    stand.database_proxy.resume();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_gives_the_sender_s_request_id_back_and_failures_have_the_whole_envelope() {
    let stand = Stand::new().await;
    let path = stand.integration("s3cret").await.to_string();

    let body = event("1");
    let signature = sign_hex(b"s3cret", &[body.as_bytes()]);

    let send = async |id: &str, signature: &str| {
        let request = stand.request(&path).header("X-Request-Id", id).header("X-Geniacs-Signature", signature);
        request.body(body.clone()).send().await.unwrap()
    };
    let taken = send("delivery-7", &signature).await;
    assert_eq!((taken.status().as_u16(), &taken.headers()["x-request-id"]), (200, &"delivery-7".parse().unwrap()));

    let refused = send("delivery-8", "00").await;
    assert_eq!((refused.status().as_u16(), &refused.headers()["x-request-id"]), (400, &"delivery-8".parse().unwrap()));
    let told: Value = refused.json().await.unwrap();
    let error = serde_json::json!({"code": "invalid_signature", "details": [], "request_id": "delivery-8"});
    assert_eq!((&told["success"], &told["error"]), (&Value::Bool(false), &error));
    assert!(told["message"].as_str().is_some_and(|message| !message.is_empty()));

    let strange = send("a b;c", "00").await;
    let given = strange.headers()["x-request-id"].to_str().unwrap().to_owned();
    let told: Value = strange.json().await.unwrap();
    assert_eq!(told["error"]["request_id"], given, "another one is made");
    assert!(!given.contains(';'));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_paths_and_methods_are_answered_in_the_envelope() {
    let stand = Stand::new().await;
    let base = stand.url("handle").replace("/api/geniacs/webhook/handle", "");
    for path in ["/api", "/api/nothing", "/api/geniacs/webhook", "/api/geniacs/integrations", "/nothing"] {
        let answer = stand.client.get(format!("{base}{path}")).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        assert_eq!(told(answer).await["error"], serde_json::json!({"code": "not_found"}), "{path}");
    }

    let answer = stand.client.put(stand.url("handle")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["allow"]), (405, &"POST".parse().unwrap()));
    assert_eq!(told(answer).await["error"], serde_json::json!({"code": "method_not_allowed"}));

    assert_eq!(stand.client.head(stand.url("handle")).send().await.unwrap().status(), 405);
    assert_eq!(stand.client.head(format!("{base}/livez")).send().await.unwrap().status(), 200);
}
