//! Bodies that are taken, and bodies that are refused.

use bytes::Bytes;
use futures_util::stream;
use reqwest::Body;
use serde_json::json;

use crate::stand::{Stand, event, told};

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_event_is_refused_with_its_reason() {
    let stand = Stand::new().await;
    let path = stand.integration("s3cret").await.to_string();

    let deep = format!(r#"{{"event_type":"x","data":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    let nul = r#"{"event_type":"x","data":"\u0000"}"#;

    for body in [b"".as_slice(), b"{", b"[]", b"{}", b"\xff\xfe", deep.as_bytes(), nul.as_bytes()] {
        let answer = stand.send(&path, "s3cret", body).await;
        assert_eq!(answer.status(), 400);
        assert_eq!(told(answer).await["error"], json!({"code": "malformed_body"}));
    }

    assert_eq!(stand.count("geniacs_webhook_events").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn json_that_grows_or_nests_without_bound_is_refused_before_it_is_built() {
    let stand = Stand::new().await;
    let path = stand.integration("s3cret").await.to_string();

    let nested = (0..5_000).fold("1".to_owned(), |text, _| format!(r#"{{"$serde_json::private::RawValue":{text}}}"#));
    let numbers = "1e131071,".repeat(8_000);
    let many_long_ones = "1e399,".repeat(10_000);

    for data in [
        nested.as_str(),
        r#"{"\u0024serde_json::private::Number":"1e131071"}"#,
        "1e131071",
        "-2e-16383",
        &format!("[{numbers}0]"),
        &format!("[{many_long_ones}0]"),
    ] {
        let answer = stand.send(&path, "s3cret", format!(r#"{{"event_type":"x","data":{data}}}"#)).await;
        assert_eq!(answer.status(), 400);
        assert_eq!(told(answer).await["error"]["code"], json!("malformed_body"));
    }
    assert_eq!(stand.count("geniacs_webhook_events").await, 0);

    let usual = r#"{"event_type":"x","data":[1.7976931348623157e308,5e-324,12345678901234567890.12]}"#;
    assert_eq!(stand.send(&path, "s3cret", usual).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_a_mebibyte_is_refused_however_it_is_sent() {
    let stand = Stand::new().await;
    let path = stand.integration("s3cret").await.to_string();

    let large = vec![b' '; 1024 * 1024 + 1];
    let answer = stand.request(&path).body(large).send().await;
    // The server may close the connection before the whole body has gone.
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status() == 413));

    let pieces = (0..20).map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![b' '; 64 * 1024])));
    let answer = stand.request(&path).body(Body::wrap_stream(stream::iter(pieces))).send().await;
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status() == 413));

    let padded = format!("{}{}", event("large"), " ".repeat(1024 * 1024 - 300));
    assert_eq!(stand.send(&path, "s3cret", padded).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_body_or_one_of_another_type_is_refused() {
    let stand = Stand::new().await;
    let path = stand.integration("s3cret").await.to_string();

    let compressed = stand.request(&path).header("Content-Encoding", "gzip").body("x").send().await.unwrap();
    assert_eq!(compressed.status(), 415);

    let text = stand.client.post(stand.url(&path)).header("Content-Type", "text/plain").body("x").send().await.unwrap();
    assert_eq!(text.status(), 415);

    let got = stand.client.get(stand.url(&path)).send().await.unwrap();
    assert_eq!(got.status(), 405);
    assert_eq!(told(got).await["success"], json!(false));
}
