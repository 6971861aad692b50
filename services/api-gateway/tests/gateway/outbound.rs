//! Addresses that lead inside: not stored as far as that can be told, never called.

use crate::stand::{Stand, integration};
use domain::Role;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Nothing is allowed, but plain http.
const CLOSED: [(&str, &str); 1] = [("GENIACS_OUTBOUND__ALLOW", "")];

/// A listener that counts who comes; its port.
async fn inside() -> (u16, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, connections) = (listener.local_addr().unwrap().port(), Arc::<AtomicUsize>::default());
    let counted = connections.clone();
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (port, connections)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_leads_inside_is_not_stored_and_the_setting_that_allows_it_is_named() {
    let stand = Stand::start_with(&CLOSED).await;
    for host in ["127.0.0.1", "0x7f.1", "[::ffff:10.0.0.1]", "localhost", "169.254.169.254", "[64:ff9b::7f00:1]"] {
        let mut body = integration("Primary");
        body["endpoint_url"] = json!(format!("https://{host}/v1"));
        let answer = stand.post("/api/geniacs/integrations", &body).await;
        answer.assert_error(422, "validation_failed");
        assert_eq!(answer.fields(), ["endpoint_url"], "{host}");
        assert!(answer.body.to_string().contains("GENIACS_OUTBOUND__ALLOW"), "{}", answer.body);
    }

    let mut body = integration("Primary");
    body["endpoint_url"] = json!("https://user:secret@api.geniacs.com/v1");
    let answer = stand.post("/api/geniacs/integrations", &body).await;
    answer.assert_error(422, "validation_failed");
    assert!(!answer.body.to_string().contains("secret@"), "{}", answer.body);

    body["endpoint_url"] = json!("https://api.geniacs.com/v1");
    body["configuration"] = json!({"endpoints": {"customers": "//127.0.0.1/x", "payments": "/a\\b"}});
    let answer = stand.post("/api/geniacs/integrations", &body).await;
    assert_eq!(answer.fields(), ["configuration.endpoints.customers", "configuration.endpoints.payments"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_was_stored_before_is_not_called_and_the_test_says_why() {
    let (stand, (port, connections)) = (Stand::start_with(&CLOSED).await, inside().await);
    let id = stand.integration("Primary").await;

    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"] {
        let stored = format!("UPDATE geniacs_integrations SET endpoint_url = 'http://{host}:{port}/v1'");
        stand.database.execute(&stored).await;
        let path = format!("/api/geniacs/integrations/{id}/test-connection");
        let answer = stand.post_as(Role::Operator, &path, &json!({})).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let test = &answer.body["data"]["connection_test"];
        assert_eq!((&test["status"], &test["authentication"]), (&json!("failed"), &json!("unknown")), "{test}");
        assert!(test["error"].as_str().unwrap().contains("GENIACS_OUTBOUND__ALLOW"), "{test}");
    }

    assert_eq!(connections.load(Ordering::SeqCst), 0);
}
