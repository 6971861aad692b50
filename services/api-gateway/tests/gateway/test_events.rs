//! Test events, sent as Geniacs would.

use crate::stand::Stand;
use domain::Role;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

fn path(id: i64) -> String {
    format!("/api/geniacs/integrations/{id}/send-test-event")
}

/// Takes one request, answers it with this status, and gives its head and its body.
async fn take_one(listener: TcpListener, status: &'static str) -> (String, String) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut received = Vec::new();
    loop {
        let mut part = [0; 4_096];
        let read = stream.read(&mut part).await.unwrap();
        received.extend_from_slice(&part[..read]);
        let text = String::from_utf8(received.clone()).unwrap();

        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.to_lowercase();
        let length = length.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if body.len() == length.parse::<usize>().unwrap() {
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
            return (head.to_lowercase(), body.to_owned());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_event_is_signed_and_sent_to_the_public_address() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let stand = Stand::start_with(&[("GENIACS_WEBHOOK_ADDRESS", &address)]).await;
    let id = stand.integration("Primary").await;
    let (sent, taken) = tokio::join!(
        async { stand.post_as(Role::Operator, &path(id), &json!({})).await },
        take_one(listener, "200 OK")
    );
    let event = &sent.body["data"]["test_event"];
    assert_eq!(
        (&event["delivered"], &event["status_code"], &event["error"]),
        (&json!(true), &json!(200), &Value::Null)
    );
    assert_eq!(event["address"], format!("{address}/api/geniacs/webhook/{id}"));

    let (head, body) = taken;
    assert!(head.starts_with(&format!("post /api/geniacs/webhook/{id} http/1.1")), "{head}");
    let signature = secrets::sign_hex(b"webhook_secret_abcdef", &[body.as_bytes()]);
    assert!(head.contains(&format!("x-geniacs-signature: {signature}")), "{head}");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&body["event_id"], &body["event_type"]), (&event["event_id"], &json!("integration.test")));
    assert_eq!(stand.get("/api/system").await.body["data"]["system"]["ingest_address"], format!("{address}/"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_does_not_arrive_says_why() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let stand = Stand::start_with(&[("GENIACS_WEBHOOK_ADDRESS", &address)]).await;
    let id = stand.integration("Primary").await;

    let (refused, _) = tokio::join!(
        async { stand.post_as(Role::Operator, &path(id), &json!({})).await },
        take_one(listener, "400 Bad Request")
    );
    let event = &refused.body["data"]["test_event"];
    assert_eq!((&event["delivered"], &event["status_code"]), (&json!(false), &json!(400)));

    // Nobody listens there any more.
    let lost = stand.post_as(Role::Operator, &path(id), &json!({})).await;
    assert_eq!(lost.status, 200);
    assert_eq!(lost.body["data"]["test_event"]["error"], "nobody answers at the address");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_address_or_a_secret_nothing_is_sent() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let unknown = stand.post_as(Role::Operator, &path(id), &json!({})).await;
    unknown.assert_error(409, "webhook_address_unknown");
    assert_eq!(stand.get("/api/system").await.body["data"]["system"]["ingest_address"], Value::Null);
    stand.database.execute("UPDATE geniacs_integrations SET webhook_secret = NULL").await;
    stand.post_as(Role::Operator, &path(id), &json!({})).await.assert_error(409, "no_webhook_secret");
    stand.post_as(Role::Viewer, &path(id), &json!({})).await.assert_error(403, "forbidden");
}
