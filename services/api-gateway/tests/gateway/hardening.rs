//! What the gateway takes from strangers, and what it does not.

use crate::raw::Raw;
use crate::stand::{Answer, PASSWORD, Stand, integration, send};
use domain::Role;
use futures_util::future::{join_all, select_all};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE};
use reqwest::{Body, Method};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::{Duration, Instant};
use test_support::eventually;

const LOGIN: &str = "/api/auth/login";
const INTEGRATIONS: &str = "/api/geniacs/integrations";

async fn login(stand: &Stand, body: impl Into<Body>) -> Answer {
    send(stand.request(Method::POST, LOGIN).header(CONTENT_TYPE, "application/json").body(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_beyond_the_limit_is_refused_however_it_is_sent() {
    let stand = Stand::start().await;

    let pieces = (0..40).map(|_| Ok::<_, std::io::Error>(vec![b' '; 64 * 1024]));
    let chunked = stand.request(Method::POST, LOGIN).header(CONTENT_TYPE, "application/json");
    let chunked = chunked.body(Body::wrap_stream(futures_util::stream::iter(pieces))).send().await;
    // The gateway may close the connection before all of it has gone.
    assert!(chunked.is_err() || chunked.is_ok_and(|answer| answer.status() == 413));

    let mut announced = Raw::connect(&stand).await;
    let head = format!(
        "POST {LOGIN} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9000000000\r\n\r\n{{"
    );
    assert!(announced.write(head.as_bytes()).await);
    assert_eq!(announced.status().await, Some(413), "without waiting for it");

    let bomb = stand.request(Method::POST, LOGIN).header(CONTENT_TYPE, "application/json");
    send(bomb.header(CONTENT_ENCODING, "gzip").body("{}")).await.assert_error(415, "not_json");

    let path = format!("{INTEGRATIONS}/1/test-connection");
    let unwanted = stand.request(Method::POST, &path).bearer_auth(stand.admin()).body(vec![b' '; 2 << 20]).send().await;
    assert!(unwanted.is_err() || unwanted.is_ok_and(|answer| answer.status() == 413));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_or_a_body_that_drips_is_cut_off_after_ten_seconds() {
    let stand = Stand::start().await;

    let head = "GET /api/auth/me HTTP/1.1\r\nHost: x\r\nX-Slow: ";
    let body = format!(
        "POST {LOGIN} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{{"
    );

    let (head, body, unread) = tokio::join!(
        async { Raw::connect(&stand).await.drip(head).await },
        async { Raw::connect(&stand).await.drip(&body).await },
        async {
            Raw::connect(&stand)
                .await
                .drip("POST /api/auth/logout HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
                .await
        },
    );

    assert!(matches!(head.0, None | Some(408)), "{head:?}");
    assert_eq!(body.0, Some(408), "{body:?}");
    assert_eq!(unread.0, Some(401), "nobody waits for a body that nobody reads: {unread:?}");
    for (_, took) in [head, body] {
        assert!(took > Duration::from_secs(8) && took < Duration::from_secs(25), "{took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_is_too_large_or_has_too_many_lines_is_refused() {
    let stand = Stand::start().await;

    let many = (0..200).fold(String::new(), |mut text, number| {
        let _ = write!(text, "X-Header-{number}: x\r\n");
        text
    });

    for lines in [many, format!("X-Large: {}\r\n", "x".repeat(300_000))] {
        let mut raw = Raw::connect(&stand).await;
        raw.write(format!("GET /livez HTTP/1.1\r\nHost: x\r\n{lines}\r\n").as_bytes()).await;
        let status = raw.status().await;
        assert!(status.is_none_or(|status| (400..500).contains(&status)), "{status:?}");
    }

    assert_eq!(stand.get(INTEGRATIONS).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn json_that_is_deep_or_wide_or_no_text_is_refused_quickly() {
    let stand = Stand::start().await;

    let deep = format!("{{\"email\": {}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let objects = format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    let keys = |number: usize| {
        let mut text = String::from("{");
        for key in 0..number {
            let _ = write!(text, "\"{key:x}\":1,");
        }
        text + "\"z\":1}"
    };

    let began = Instant::now();
    for body in
        [deep.into_bytes(), objects.into_bytes(), keys(90_000).into_bytes(), b"{\"email\": \"\xff\xfe\"}".to_vec()]
    {
        login(&stand, body).await.assert_error(400, "malformed_json");
    }
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());

    let million = stand.request(Method::POST, LOGIN).header(CONTENT_TYPE, "application/json").body(keys(1_000_000));
    let million = million.send().await;
    assert!(million.is_err() || million.is_ok_and(|answer| answer.status() == 413));

    let many = login(&stand, keys(5_000)).await;
    many.assert_error(422, "validation_failed");
    assert_eq!(many.fields().len(), 100, "an answer is no larger than its request");
}

/// A text within a field that the JSON library reads as a document of its own, again and again.
fn in_layers(layers: usize, name: &str) -> String {
    (0..layers).fold(format!("{}1{}", "[".repeat(100), "]".repeat(100)), |text, _| format!(r#"{{"{name}":{text}}}"#))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_name_of_the_json_library_ends_no_process_and_stands_for_no_number() {
    let stand = Stand::start().await;
    for name in ["$serde_json::private::RawValue", r"\u0024serde_json::private::RawValue"] {
        for body in [in_layers(1, name), in_layers(200, name), format!("{{\"email\":{}}}", in_layers(5_000, name))] {
            login(&stand, body).await.assert_error(400, "malformed_json");
        }
    }
    let number = r#"{"email": {"$serde_json::private::Number": "1e131071"}, "password": "x"}"#;
    login(&stand, number).await.assert_error(400, "malformed_json");
    assert_eq!(stand.get(INTEGRATIONS).await.status, 200, "it still answers");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_long_when_it_is_written_out_is_refused_before_it_is_stored() {
    let stand = Stand::start().await;
    for number in ["1e131071", "1e-16383", "-1e9999999999999999999"] {
        let body = format!(r#"{{"email": "a@example.com", "password": {number}}}"#);
        login(&stand, body).await.assert_error(400, "malformed_json");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_no_change_knows_is_refused_by_every_one_of_them() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    let of_integration = format!("{INTEGRATIONS}/{id}");
    let (mapping, schedule) = (first(&stand, "mappings").await, first(&stand, "schedules").await);

    for (method, path) in [
        ("POST", LOGIN),
        ("POST", "/api/auth/logout"),
        ("POST", INTEGRATIONS),
        ("PATCH", &of_integration),
        ("DELETE", &of_integration),
        ("POST", &format!("{of_integration}/test-connection")),
        ("POST", &format!("{of_integration}/rotate-webhook-secret")),
        ("POST", "/api/geniacs/sync/trigger"),
        ("POST", "/api/geniacs/sync/1/cancel"),
        ("POST", "/api/geniacs/sync/1/retry"),
        ("POST", "/api/geniacs/sync/1/resume"),
        ("POST", "/api/geniacs/sync/1/apply"),
        ("POST", "/api/geniacs/consistency-checks"),
        ("POST", "/api/geniacs/webhook-events/1/replay"),
        ("POST", "/api/geniacs/webhook-events/replay"),
        ("POST", "/api/geniacs/mappings"),
        ("POST", "/api/geniacs/mappings/preview"),
        ("PATCH", &mapping),
        ("DELETE", &mapping),
        ("POST", "/api/geniacs/schedules"),
        ("PATCH", &schedule),
        ("DELETE", &schedule),
        ("POST", &format!("{schedule}/run")),
    ] {
        let request = stand.request(method.parse().unwrap(), path).bearer_auth(stand.admin());
        let answer = send(request.json(&json!({"surprise": 1}))).await;
        answer.assert_error(422, "validation_failed");
        assert!(answer.fields().contains(&"surprise"), "{method} {path}: {}", answer.body);
    }
}

/// The path of the first of these things.
async fn first(stand: &Stand, plural: &str) -> String {
    let list = stand.get(&format!("/api/geniacs/{plural}")).await;
    format!("/api/geniacs/{plural}/{}", list.body["data"][plural][0]["id"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_that_is_given_twice_is_a_400_that_names_it_and_an_unknown_one_is_left_alone() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    for (path, fields) in [
        (format!("{INTEGRATIONS}?limit=1&limit=2"), vec!["limit"]),
        ("/api/geniacs/syncs?status=failed&status=success".to_owned(), vec!["status"]),
    ] {
        let answer = stand.get(&path).await;
        answer.assert_error(400, "bad_parameter");
        assert_eq!(answer.fields(), fields, "{path}");
    }

    for path in [format!("{INTEGRATIONS}/{id}?_=1"), "/api/geniacs/logs?page=2".to_owned()] {
        assert_eq!(stand.get(&path).await.status, 200, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hundreds_of_clients_that_leave_mid_request_leave_no_transaction_open_and_nothing_half_done() {
    let stand = Stand::start().await;

    let create = |number: usize| {
        let body = integration(&format!("left {number}")).to_string();
        format!(
            "POST {INTEGRATIONS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            stand.admin(),
            body.len()
        )
    };

    let leave = async |number: usize| {
        let request = create(number);
        // Some leave within the head, some within the body, most while they are being answered.
        let written = if number.is_multiple_of(3) { request.len() * (number % 100) / 100 } else { request.len() };
        let mut raw = Raw::connect(&stand).await;
        raw.write(&request.as_bytes()[..written]).await;
        if number.is_multiple_of(2) {
            tokio::time::sleep(Duration::from_millis(u64::try_from(number % 7).unwrap())).await;
        }
    };

    for ten in 0..40 {
        futures_util::future::join_all((0..10).map(|one| leave(ten * 10 + one))).await;
    }

    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'
        AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    eventually("nothing under way", Duration::from_mins(1), async || (stand.count(open).await == 0).then_some(()))
        .await;

    let half_done = "SELECT count(*) FROM geniacs_integrations i
        WHERE (SELECT count(*) FROM geniacs_sync_schedules s WHERE s.integration_id = i.id) <> 4
           OR (SELECT count(*) FROM audit_log a WHERE a.action = 'integration.created' AND a.subject_id = i.id) <> 1";
    assert_eq!(stand.count(half_done).await, 0);

    // Those that left are still being dealt with, perhaps.
    let stays = async || {
        let made = stand.post(INTEGRATIONS, &integration("one who stays")).await;
        (made.status == 201).then_some(())
    };
    eventually("one who stays is served", Duration::from_mins(1), stays).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_tells_browsers_to_make_nothing_of_it() {
    let stand = Stand::start().await;
    let refused = send(stand.request(Method::GET, INTEGRATIONS)).await;
    let malformed = login(&stand, "{").await;
    for answer in [stand.get(INTEGRATIONS).await, refused, malformed, stand.get("/api/nothing").await] {
        let header = |name: &str| answer.headers[name].to_str().unwrap();
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("cache-control"), "no-store");
        assert!(header("content-security-policy").starts_with("default-src 'none'"));
        assert_eq!(answer.body["success"] == Value::Bool(true), answer.status == 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_count_against_one_memory_before_they_are_there_and_a_login_still_works() {
    let stand = Stand::start_with(&[("GENIACS_HTTP__BODY_MEMORY_MIB", "4")]).await;
    let user = stand.user_with_password(Role::Viewer).await;

    // Each announces a mebibyte less one byte, sends most of it, and waits. Three of them fit.
    let head =
        "POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1048575\r\n\r\n";
    let most = vec![b' '; 900 * 1024];
    let mut senders: Vec<Raw> = join_all((0..4).map(|_| Raw::connect(&stand))).await;
    join_all(senders.iter_mut().map(async |sender| {
        sender.write(head.as_bytes()).await;
        sender.write(&most).await
    }))
    .await;

    let (refusal, ..) = select_all(senders.iter_mut().map(|sender| Box::pin(sender.head()))).await;
    assert!(refusal.starts_with("HTTP/1.1 503 ") && refusal.contains("retry-after: "), "{refusal}");

    let credentials = json!({"email": user.email, "password": PASSWORD});
    let login = send(stand.request(Method::POST, "/api/auth/login").json(&credentials)).await;
    assert_eq!(login.status, 200, "{}", login.body);
}
