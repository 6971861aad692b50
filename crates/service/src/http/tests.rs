//! Over real sockets.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::HttpResponse;
use actix_web::web::{Path, get};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::*;
use crate::Settings;

fn settings() -> HttpSettings {
    Settings::from_map([("GENIACS_HTTP__PORT", "0")]).unwrap().http
}

fn start(
    readiness: &Readiness,
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> (RunningServer, CancellationToken) {
    let shutdown = CancellationToken::new();
    let server = serve(&settings(), readiness.clone(), shutdown.clone(), configure).unwrap();
    (server, shutdown)
}

fn client() -> reqwest::Client {
    crate::install_tls_provider();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().unwrap()
}

async fn fetch(address: SocketAddr, path: &str) -> (u16, String) {
    let response = client().get(format!("http://{address}{path}")).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

async fn ready(address: SocketAddr) -> (u16, Value) {
    let (status, body) = fetch(address, "/readyz").await;
    (status, serde_json::from_str(&body).unwrap())
}

#[tokio::test]
async fn a_service_is_alive_and_ready_and_stops_when_asked() {
    let (server, shutdown) = start(&Readiness::new(), |_| {});
    let address = server.address;
    assert_ne!(address.port(), 0);
    assert_eq!(fetch(address, "/livez").await, (200, "alive\n".to_owned()));
    assert_eq!(ready(address).await, (200, json!({"ready": true, "checks": []})));
    shutdown.cancel();
    server.join().await.unwrap();
    assert!(client().get(format!("http://{address}/livez")).send().await.is_err());
}

#[tokio::test]
async fn readiness_lists_its_checks_and_their_reasons() {
    let readiness = Readiness::new();
    let up = Arc::new(AtomicBool::new(false));
    let broker = up.clone();
    readiness.register("database", || async { Ok(()) });
    readiness.register("broker", move || {
        let up = broker.load(Ordering::Relaxed);
        async move { if up { Ok(()) } else { Err("not connected") } }
    });
    let (server, shutdown) = start(&readiness, |_| {});
    let checks =
        json!([{"name": "database", "ready": true}, {"name": "broker", "ready": false, "reason": "not connected"}]);
    assert_eq!(ready(server.address).await, (503, json!({"ready": false, "checks": checks})));
    up.store(true, Ordering::Relaxed);
    while ready(server.address).await.0 != 200 {
        tokio::task::yield_now().await;
    }
    shutdown.cancel();
    server.join().await.unwrap();
}

#[tokio::test]
async fn a_check_that_panics_is_not_ready_and_harms_no_other() {
    let readiness = Readiness::new();
    readiness.register("database", || async { panic!("out of order") });
    let report = readiness.check().await;
    assert_eq!((report.ready, report.checks[0].reason), (false, Some("the check itself failed")));
}

#[tokio::test]
async fn a_check_that_hangs_is_not_ready() {
    let readiness = Readiness::new();
    readiness.register("database", std::future::pending::<Result<(), &'static str>>);
    let report = readiness.check_within(Duration::from_millis(5)).await;
    assert_eq!((report.ready, report.checks[0].reason), (false, Some("no answer in time")));
}

#[tokio::test]
async fn a_stop_turns_readiness_off_and_answers_open_requests() {
    let (started, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (slow_started, slow_go_on) = (started.clone(), go_on.clone());
    let (server, shutdown) = start(&Readiness::new(), move |app| {
        let (started, go_on) = (slow_started.clone(), slow_go_on.clone());
        app.route(
            "/slow",
            get().to(move || {
                let (started, go_on) = (started.clone(), go_on.clone());
                async move {
                    started.notify_one();
                    go_on.notified().await;
                    HttpResponse::Ok().body("done")
                }
            }),
        );
    });

    let address = server.address;
    let request = tokio::spawn(async move { fetch(address, "/slow").await });
    started.notified().await;

    shutdown.cancel();
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    go_on.notify_one();
    assert_eq!(request.await.unwrap(), (200, "done".to_owned()));
    server.join().await.unwrap();
}

#[tokio::test]
async fn while_it_drains_a_service_serves_and_says_it_is_not_ready() {
    let shutdown = CancellationToken::new();
    let draining = HttpSettings { drain: Duration::from_secs(10), ..settings() };
    let server = serve(&draining, Readiness::new(), shutdown.clone(), |_| {}).unwrap();
    shutdown.cancel();
    let checks = json!([{"name": "service", "ready": false, "reason": "stopping"}]);
    assert_eq!(ready(server.address).await, (503, json!({"ready": false, "checks": checks})));
    assert_eq!(fetch(server.address, "/livez").await.0, 200);
}

#[tokio::test]
async fn requests_are_measured_by_route_and_never_by_path() {
    let (server, shutdown) = start(&Readiness::new(), |app| {
        app.route("/customers/{id}", get().to(|id: Path<u32>| async move { HttpResponse::Ok().body(id.to_string()) }));
    });

    assert_eq!(fetch(server.address, "/customers/4711").await, (200, "4711".to_owned()));
    assert_eq!(fetch(server.address, "/made-up-by-a-stranger").await.0, 404);

    let (status, text) = fetch(server.address, "/metrics").await;
    assert_eq!(status, 200);

    let counted = |route: &str, status: u16| {
        let labels = format!(
            r#"http_server_request_duration_seconds_count{{http_request_method="GET",http_response_status_code="{status}",http_route="{route}"}}"#
        );
        assert!(text.contains(&labels), "{labels} in {text}");
    };

    counted("/customers/{id}", 200);
    counted("unmatched", 404);
    assert!(!text.contains("4711") && !text.contains("stranger") && !text.contains("/livez"), "{text}");

    shutdown.cancel();
    server.join().await.unwrap();
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_a_remedy() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let asked = HttpSettings { port: address.port(), ..settings() };
    let error = serve(&asked, Readiness::new(), CancellationToken::new(), |_| {}).unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot listen on {address} (")), "{error}");
    assert!(error.ends_with("stop what listens there, or set GENIACS_HTTP__PORT to a free port"), "{error}");
}

#[tokio::test]
async fn every_answer_keeps_browsers_from_making_more_of_it_and_pages_get_a_policy_of_their_own() {
    let (server, shutdown) = start(&Readiness::new(), |app| {
        app.route("/page", get().to(|| async { HttpResponse::Ok().content_type("text/html; charset=utf-8").body("") }))
            .route(
                "/asset",
                get().to(|| async { HttpResponse::Ok().insert_header(("cache-control", "max-age=9")).finish() }),
            )
            .route("/fails", get().to(|| async { Err::<HttpResponse, _>(actix_web::error::ErrorBadGateway("no")) }));
    });

    for path in ["/livez", "/readyz", "/metrics", "/page", "/asset", "/fails", "/nothing"] {
        let response = client().get(format!("http://{}{path}", server.address)).send().await.unwrap();
        let headers = response.headers();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");

        assert!(!policy.contains("unsafe-"), "{path}: {policy}");
        assert_eq!(policy.contains("script-src 'self'"), path == "/page", "{path}: {policy}");

        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["x-frame-options"], "DENY", "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
        assert_eq!(headers["cross-origin-resource-policy"], "same-origin", "{path}");
        assert!(headers.contains_key("permissions-policy") && headers.contains_key("cross-origin-opener-policy"));

        assert_eq!(headers["cache-control"], if path == "/asset" { "max-age=9" } else { "no-store" }, "{path}");
        assert!(!headers.contains_key("strict-transport-security"), "{path}: plain HTTP");
    }

    shutdown.cancel();
    server.join().await.unwrap();
}

#[tokio::test]
async fn behind_a_proxy_of_ours_that_speaks_https_browsers_are_told_to_stay_there() {
    let shutdown = CancellationToken::new();
    let behind = Settings::from_map([("GENIACS_HTTP__PORT", "0"), ("GENIACS_HTTP__TRUSTED_PROXIES", "127.0.0.0/8")]);
    let server = serve(&behind.unwrap().http, Readiness::new(), shutdown.clone(), |_| {}).unwrap();
    let request = client().get(format!("http://{}/livez", server.address)).header("x-forwarded-proto", "https");
    assert!(request.send().await.unwrap().headers().contains_key("strict-transport-security"));
    shutdown.cancel();
    server.join().await.unwrap();
}

#[tokio::test]
async fn head_is_answered_like_get_without_the_body() {
    let (server, shutdown) = start(&Readiness::new(), |app| {
        app.route(
            "/text",
            get().to(|| async { HttpResponse::Ok().insert_header(("etag", "\"1\"")).body("some text") }),
        )
        .route(
            "/endless",
            get().to(|| async {
                HttpResponse::Ok()
                    .streaming(futures_util::stream::pending::<Result<actix_web::web::Bytes, actix_web::Error>>())
            }),
        )
        .route("/written", actix_web::web::post().to(|| async { HttpResponse::Ok().finish() }));
    });
    let head = async |path: &str| client().head(format!("http://{}{path}", server.address)).send().await.unwrap();

    let text = head("/text").await;
    assert_eq!(
        (text.status().as_u16(), &text.headers()["content-length"], &text.headers()["etag"]),
        (200, &"9".parse().unwrap(), &"\"1\"".parse().unwrap())
    );
    assert_eq!(text.text().await.unwrap(), "");

    assert_eq!(head("/livez").await.headers()["content-length"], "6");
    assert_eq!(head("/endless").await.text().await.unwrap(), "");
    assert_eq!(head("/written").await.status(), 404);
    assert_eq!(head("/nothing").await.status(), 404);

    shutdown.cancel();
    server.join().await.unwrap();
}
