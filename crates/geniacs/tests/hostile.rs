//! The client against a partner that breaks the rules of HTTP, and against none at all.

#![expect(clippy::unwrap_used, reason = "a test stops where something is missing")]

use domain::EntityType::Customers;
use geniacs::{
    Account, Client, Guard, HttpOptions, Lookup, Outbound, PageRequest, PartnerError, PushBody, PushContent, PushRecord,
};
use secrecy::SecretString;
use serde_json::json;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the partner writes after it has read the head of a request.
#[derive(Clone)]
enum Script {
    Answer(Vec<u8>),
    /// Announces a long body and sends a byte now and then.
    Drip,
    /// Says nothing.
    Silence,
    /// Sends a body without end.
    Endless,
}

async fn play(mut stream: TcpStream, script: Script) -> std::io::Result<()> {
    let mut head = vec![0; 64 * 1024];
    let _ = stream.read(&mut head).await?;

    match script {
        Script::Answer(answer) => stream.write_all(&answer).await?,
        Script::Silence => {
            let _ = stream.read(&mut head).await?;
        }
        Script::Drip => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n").await?;
            loop {
                stream.write_all(b" ").await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Script::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").await?;
            loop {
                stream.write_all(&[b' '; 8 * 1024]).await?;
            }
        }
    }

    stream.shutdown().await
}

async fn client_of(script: Script, timeout: Duration) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(play(stream, script.clone()));
        }
    });
    client(&format!("http://{address}/v1"), timeout)
}

fn client(base_url: &str, timeout: Duration) -> Client {
    let account = Account {
        base_url: base_url.parse().unwrap(),
        api_key: SecretString::from("top-key"),
        api_secret: SecretString::from("top-secret"),
        timeout,
        endpoints: HashMap::new(),
    };

    let guard = Guard::new(true, &["127.0.0.0/8".parse().unwrap()]);
    Client::new(Outbound::new(&HttpOptions::default(), guard).unwrap(), account).unwrap()
}

async fn page_error(script: Script) -> PartnerError {
    client_of(script, Duration::from_millis(400)).await.page(Customers, &PageRequest::default()).await.unwrap_err()
}

async fn push_error(script: Script, deadline: Duration) -> PartnerError {
    let record = PushRecord { external_id: 1, geniacs_id: None, version: 1, body: PushContent::Delete };
    let body = PushBody::new(Customers, &[record], &json!({}), 1).unwrap();
    client_of(script, Duration::from_secs(5)).await.push(&body, 1, deadline).await.unwrap_err()
}

fn answer(text: impl Into<Vec<u8>>) -> Script {
    Script::Answer(text.into())
}

fn ok(body: &str) -> Script {
    answer(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
}

#[tokio::test]
async fn silence_and_dripping_end_in_time() {
    for script in [Script::Silence, Script::Drip] {
        let started = Instant::now();
        assert_eq!(page_error(script.clone()).await, PartnerError::Timeout);
        assert_eq!(push_error(script, Duration::from_millis(200)).await, PartnerError::Timeout);
        assert!(started.elapsed() < Duration::from_secs(3));
    }
}

#[tokio::test]
async fn a_body_without_end_is_given_up_at_its_limit() {
    let client = client_of(Script::Endless, Duration::from_secs(30)).await;
    let error = client.page(Customers, &PageRequest::default()).await.unwrap_err();
    assert!(matches!(error, PartnerError::Malformed { .. }), "{error:?}");
    let announced = answer("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n{");
    assert!(matches!(page_error(announced).await, PartnerError::Malformed { reason } if reason.contains("larger")));
}

#[tokio::test]
async fn a_cut_answer_is_interrupted_and_its_outcome_unknown() {
    for cut in ["HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"data\": [", "HTTP/1.1 20", ""] {
        let error = push_error(answer(cut), Duration::from_secs(1)).await;
        assert_eq!(error, PartnerError::Interrupted, "{cut:?}");
        assert!(error.outcome_unknown() && error.is_retryable());
    }
}

#[tokio::test]
async fn an_answer_outside_of_the_contract_is_malformed_and_not_quoted() {
    let bodies =
        ["<html>Siti</html>", "{\"data\": [{\"customer_name\": \"Siti\"}", "\"Siti\"", "", "[\"Siti\"]", "\u{feff}{}"];
    for body in bodies {
        let error = page_error(ok(body)).await;
        assert!(matches!(error, PartnerError::Malformed { .. }), "{body}: {error:?}");
        assert!(!error.to_string().contains("Siti"), "{error}");

        let error = push_error(ok(body), Duration::from_secs(1)).await;
        assert!(error.outcome_unknown(), "{body}: {error:?}");
    }

    let not_utf8 = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"data\": [{\"customer_id\": \"\xff\"}]}";
    let client = client_of(answer(*not_utf8), Duration::from_secs(2)).await;
    let page = client.page(Customers, &PageRequest::default()).await.unwrap();
    assert_eq!((page.records.len(), page.malformed.len()), (0, 1), "the record fails alone");
}

#[tokio::test]
async fn a_redirect_is_refused_and_named_without_its_query() {
    let script = answer(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: //u:p@evil.example/x?token=1\r\nContent-Length: 0\r\n\r\n",
    );
    let error = page_error(script).await;
    assert_eq!(error, PartnerError::Redirect { target: "http://evil.example/x".to_owned() });
    assert!(error.is_fatal_for_sync() && !error.outcome_unknown());
}

#[tokio::test]
async fn an_error_with_a_strange_body_keeps_its_meaning() {
    let dripping = answer("HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 1000\r\n\r\n{");
    assert_eq!(page_error(dripping).await, PartnerError::Throttled { retry_after: Duration::from_secs(7) });
    let html = answer("HTTP/1.1 422 No\r\nContent-Length: 4\r\n\r\n<br>");
    let rejected = PartnerError::Rejected { status: 422, message: String::new(), details: Vec::new() };
    assert_eq!(page_error(html).await, rejected);
    let huge = answer("HTTP/1.1 422 No\r\nContent-Length: 99999999\r\n\r\n<br>");
    assert_eq!(page_error(huge).await, rejected);
}

#[tokio::test]
async fn a_200_that_says_that_it_failed_is_a_failure_on_every_call() {
    for body in [
        r#"{"success": false, "error": {"type": "quota", "message": "no more for siti@contoh.id"}}"#,
        r#"{"error": {"type": "quota", "message": "no more for siti@contoh.id"}}"#,
    ] {
        let client = client_of(ok(body), Duration::from_secs(2)).await;
        let failed = PartnerError::SaidFailed { status: 200, reason: "quota: no more for s•••".to_owned() };

        assert_eq!(client.page(Customers, &PageRequest::default()).await, Err(failed.clone()));
        assert_eq!(client.get(Customers, "c1").await, Err(failed.clone()));
        assert_eq!(client.find(Customers, &[1]).await, Err(failed.clone()));
        assert_eq!(client.health().await, Err(failed.clone()));
        assert_eq!(push_error(ok(body), Duration::from_secs(2)).await, failed);
        assert!(failed.is_retryable() && failed.outcome_unknown() && failed.to_string().contains("quota"));
    }
}

#[tokio::test]
async fn a_200_that_refuses_the_data_is_a_refusal_that_names_records() {
    let body = r#"{"success": false, "error": {"type": "validation_error", "message": "no",
        "details": [{"index": 0, "field": "customer_email", "message": "bad"}, {"index": 7}]}}"#;
    let error = push_error(ok(body), Duration::from_secs(2)).await;
    let PartnerError::Rejected { status: 200, details, .. } = &error else { panic!("{error:?}") };
    assert_eq!(details.iter().map(|detail| detail.index).collect::<Vec<_>>(), [0]);
}

#[tokio::test]
async fn the_partners_reason_is_in_the_error_without_values_of_records() {
    let fields = json!({"customer_name": "Siti Aminah", "customer_status": "active"});
    let record = PushRecord {
        external_id: 1,
        geniacs_id: None,
        version: 1,
        body: PushContent::Upsert(fields.as_object().cloned().unwrap()),
    };

    let body = PushBody::new(Customers, &[record], &json!({}), 1).unwrap();
    for (status, said) in [(422, "refused the data"), (503, "trouble"), (403, "credentials"), (409, "newer version")] {
        let refusal = r#"{"error": {"type": "busy", "message": "Siti Aminah is active, ask top-key again"}}"#;
        let script = answer(format!("HTTP/1.1 {status} No\r\nContent-Length: {}\r\n\r\n{refusal}", refusal.len()));
        let client = client_of(script, Duration::from_secs(2)).await;

        let error = client.push(&body, 1, Duration::from_secs(2)).await.unwrap_err().to_string();
        assert!(error.contains(said) && error.contains("S••• is active, ask"), "{error}");
    }
}

#[tokio::test]
async fn a_record_of_another_id_means_that_the_one_asked_for_is_gone() {
    let client = client_of(ok(r#"{"customer_id": "c2", "customer_name": "Siti"}"#), Duration::from_secs(2)).await;
    let gone = Lookup::Gone { other_id: Some("c2".to_owned()) };
    assert_eq!(client.get(Customers, "c1").await, Ok(gone));
    assert!(matches!(client.get(Customers, "c2").await, Ok(Lookup::Found(_))));
    let unreadable = client_of(ok(r#"{"customer_id": "c1", "deleted": "no"}"#), Duration::from_secs(2)).await;
    assert!(matches!(unreadable.get(Customers, "c1").await, Ok(Lookup::Unknown(_))));
}

#[tokio::test]
async fn a_405_does_not_say_that_a_record_is_gone() {
    let script = answer("HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n");
    let error = client_of(script, Duration::from_secs(2)).await.get(Customers, "c1").await.unwrap_err();
    assert!(matches!(error, PartnerError::MissingEndpoint { status: 405, .. }), "{error:?}");
}

#[tokio::test]
async fn a_cursor_that_is_not_known_any_more_is_no_missing_endpoint() {
    for (status, is_dead) in [(400, true), (404, true), (410, true), (405, false), (422, false), (503, false)] {
        let script = answer(format!("HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n"));

        let client = client_of(script, Duration::from_secs(2)).await;
        let later = PageRequest { cursor: Some("x"), ..PageRequest::default() };
        let error = client.page(Customers, &later).await.unwrap_err();
        assert_eq!(matches!(error, PartnerError::DeadCursor { .. }), is_dead, "{error:?}");

        let first = client.page(Customers, &PageRequest::default()).await.unwrap_err();
        assert!(!matches!(first, PartnerError::DeadCursor { .. }), "{first:?}");
    }
}

#[tokio::test]
async fn two_answers_tell_by_how_much_the_partners_clock_is_ahead() {
    let hours = chrono::TimeDelta::hours(7);
    let date = (chrono::Utc::now() + hours).to_rfc2822().replace("+0000", "GMT");
    let body = r#"{"data": [{"customer_id": "c1"}]}"#;
    let script = answer(format!("HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
    let client = client_of(script, Duration::from_secs(2)).await;

    for _ in 0..2 {
        client.page(Customers, &PageRequest::default()).await.unwrap();
        client.clock().news();
    }

    let difference = client.clock().ahead() - hours.num_microseconds().unwrap();
    assert!(difference.abs() <= 5_000_000, "{difference}");

    let page = client.page(Customers, &PageRequest::default()).await.unwrap();
    let asked = page.asked_at_partner.unwrap() - chrono::Utc::now();
    assert!((asked - hours).num_seconds().abs() <= 10, "{asked}");
}

#[tokio::test]
async fn a_refused_connection_means_that_nothing_was_sent() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = client(&format!("http://{free}/v1"), Duration::from_secs(2)).health().await.unwrap_err();
    assert!(matches!(&error, PartnerError::Connection { reason } if reason.contains("refused")), "{error:?}");
    assert!(error.is_retryable() && !error.outcome_unknown());
    let error = client("http://nowhere.invalid/v1", Duration::from_secs(5)).health().await.unwrap_err();
    assert!(!error.outcome_unknown(), "{error:?}");
}

#[tokio::test]
async fn a_partner_without_tls_behind_an_https_address_is_a_failed_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(play(stream, answer("HTTP/1.1 400 Bad Request\r\n\r\n")));
        }
    });

    let error = client(&format!("https://{address}/v1"), Duration::from_secs(2)).health().await.unwrap_err();
    assert!(matches!(error, PartnerError::Connection { .. }), "{error:?}");
}

#[tokio::test]
async fn nothing_shows_a_secret() {
    let client = client("http://127.0.0.1:9/v1", Duration::from_secs(1));
    assert!(!format!("{client:?}").contains("top-"));
}

/// The text of the first request that a partner gets, body included.
async fn first_request(push: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client(&format!("http://{}/v1/", listener.local_addr().unwrap()), Duration::from_secs(2));

    let call = tokio::spawn(async move {
        if push {
            let record = PushRecord { external_id: 1, geniacs_id: None, version: 1, body: PushContent::Delete };
            let body = PushBody::new(Customers, &[record], &json!({}), 1).unwrap();
            drop(client.push(&body, 42, Duration::from_secs(2)).await);
        } else {
            drop(client.find(Customers, &[17, 18]).await);
        }
    });

    let (mut stream, _) = listener.accept().await.unwrap();
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        stream.read_buf(&mut request).await.unwrap();
    }

    drop(stream);
    call.await.unwrap();
    String::from_utf8(request).unwrap().to_lowercase()
}

#[tokio::test]
async fn every_request_carries_the_headers_of_the_contract() {
    let push = first_request(true).await;
    let look_up = first_request(false).await;
    assert!(push.starts_with("post /v1/customers/sync http/1.1\r\n"), "{push}");
    assert!(look_up.starts_with("get /v1/customers?external_id=17,18 http/1.1\r\n"), "{look_up}");

    for request in [&push, &look_up] {
        for header in [
            "authorization: bearer top-key",
            "user-agent: isp-management-system/1.0",
            "accept: application/json",
            "content-type: application/json",
            "x-geniacs-timestamp: 1",
            "x-geniacs-request-signature: ",
            "traceparent: 00-",
        ] {
            assert_eq!(request.matches(&format!("\r\n{header}")).count(), 1, "{header}: {request}");
        }
    }

    assert!(push.contains("\r\nidempotency-key: 42-") && !look_up.contains("idempotency-key"));
}
