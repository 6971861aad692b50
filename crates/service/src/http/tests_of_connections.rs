//! What slow, greedy and malformed clients get, over real sockets. Deadlines are a tenth of what they are in a service.

use std::time::Instant;

use actix_web::HttpResponse;
use actix_web::web::{Bytes, get, post};
use futures_util::stream;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::*;
use crate::Settings;

/// Far above every deadline; a test that passes never waits for it.
const LIMIT: Duration = Duration::from_mins(1);
const GET: &[u8] = b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n";

fn start(settings: &[(&str, &str)]) -> (RunningServer, CancellationToken) {
    let shutdown = CancellationToken::new();
    let port = [("GENIACS_HTTP__PORT", "0")];

    let settings = Settings::from_map(port.iter().chain(settings).copied()).unwrap().http;

    let server = serve(&settings, Readiness::new(), shutdown.clone(), |app| {
        app.route("/page", get().to(|| async { HttpResponse::Ok().body("page") }))
            .route("/refuses", post().to(|| async { HttpResponse::PayloadTooLarge().body("no") }))
            .route("/large", get().to(|| async { HttpResponse::Ok().body(Bytes::from(vec![b'x'; 32 << 20])) }))
            .route("/events", get().to(events));
    });

    (server.unwrap(), shutdown)
}

/// A stream without end, one byte at a time.
async fn events() -> HttpResponse {
    let ticks = stream::unfold((), |()| async {
        sleep(Duration::from_millis(300)).await;
        Some((Ok::<_, Error>(Bytes::from_static(b".")), ()))
    });
    HttpResponse::Ok().streaming(ticks)
}

async fn connect(server: &RunningServer) -> TcpStream {
    TcpStream::connect(server.address).await.unwrap()
}

/// Reads one answer of a few bytes.
async fn answer(client: &mut TcpStream) -> String {
    let mut text = vec![0; 4_096];
    let length = timeout(LIMIT, client.read(&mut text)).await.expect("an answer").unwrap_or(0);
    String::from_utf8_lossy(&text[..length]).into_owned()
}

/// How long it takes until the server has closed the connection.
async fn closed(client: &mut TcpStream) -> Duration {
    let began = Instant::now();
    let mut rest = vec![0; 64 * 1024];
    let reading = async { while client.read(&mut rest).await.is_ok_and(|length| length > 0) {} };
    timeout(LIMIT, reading).await.expect("the server closes it");
    began.elapsed()
}

#[tokio::test]
async fn a_later_head_that_is_never_finished_is_cut_off() {
    let (server, _shutdown) = start(&[]);
    let mut client = connect(&server).await;
    client.write_all(GET).await.unwrap();
    assert!(answer(&mut client).await.starts_with("HTTP/1.1 200"));
    client.write_all(b"GET /page HTTP/1.1\r\nHost: ").await.unwrap();

    let took = closed(&mut client).await;
    assert!(took >= HEAD_TIMEOUT / 2 && took < KEEP_ALIVE, "{took:?}");
}

#[tokio::test]
async fn a_head_that_came_with_the_request_before_and_is_never_finished_is_cut_off() {
    let (server, _shutdown) = start(&[]);
    let mut client = connect(&server).await;
    client.write_all(&[GET, b"GET /page HTTP/1.1\r\nHost: "].concat()).await.unwrap();
    closed(&mut client).await;
}

#[tokio::test]
async fn a_client_that_says_nothing_or_drips_is_cut_off() {
    let (server, _shutdown) = start(&[]);
    let mut silent = connect(&server).await;
    closed(&mut silent).await;

    let (mut reading, mut writing) = connect(&server).await.into_split();
    let drip = async {
        for byte in b"GET /page HTTP/1.1\r\nX-Slow: ".iter().chain(std::iter::repeat(&b'x')) {
            if writing.write_all(&[*byte]).await.is_err() {
                break;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };

    let end = async { while reading.read(&mut [0; 256]).await.is_ok_and(|length| length > 0) {} };
    timeout(LIMIT, async { tokio::join!(drip, end) }).await.expect("the server closes it");
}

#[tokio::test]
async fn a_body_that_goes_on_after_its_refusal_is_neither_taken_nor_waited_for() {
    let (server, _shutdown) = start(&[]);
    let head = b"POST /refuses HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

    let mut flooding = connect(&server).await;
    flooding.write_all(head).await.unwrap();

    let chunk = [b"10000\r\n".as_slice(), &vec![b'x'; 0x10000], b"\r\n"].concat();
    let mut taken = 0_usize;

    let flood = async {
        while flooding.write_all(&chunk).await.is_ok() {
            taken += chunk.len();
        }
    };

    timeout(LIMIT, flood).await.expect("the server stops taking it");
    // What the buffers of both sides hold was sent, but not taken.
    assert!(taken < 32 << 20, "{taken} bytes");

    let mut waiting = connect(&server).await;
    waiting.write_all(head).await.unwrap();
    assert!(answer(&mut waiting).await.starts_with("HTTP/1.1 413"));
    closed(&mut waiting).await;
}

#[tokio::test]
async fn a_client_that_does_not_read_its_answer_is_cut_off() {
    let (server, _shutdown) = start(&[("GENIACS_HTTP__CONNECTIONS_PER_ADDRESS", "1")]);
    let mut lazy = connect(&server).await;
    lazy.write_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();

    // Another connection of this address is let in only once that one is gone.
    let gone = async {
        loop {
            let mut next = connect(&server).await;
            if next.write_all(GET).await.is_ok() && answer(&mut next).await.starts_with("HTTP/1.1 200") {
                break;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(LIMIT, gone).await.expect("the lazy one is cut off");
}

#[tokio::test]
async fn a_client_that_reads_gets_all_of_a_large_answer() {
    let (server, _shutdown) = start(&[]);
    let mut client = connect(&server).await;
    client.write_all(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut all = Vec::new();
    timeout(LIMIT, client.read_to_end(&mut all)).await.expect("all of it").unwrap();
    assert!(all.len() > 32 << 20, "{} bytes", all.len());
}

#[tokio::test]
async fn an_event_stream_lives_for_as_long_as_its_reader_reads() {
    let (server, _shutdown) = start(&[]);
    let mut client = connect(&server).await;
    client.write_all(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let began = Instant::now();
    while began.elapsed() < HEAD_TIMEOUT * 4 {
        assert!(!answer(&mut client).await.is_empty(), "cut after {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn one_address_cannot_take_all_connections_but_a_trusted_proxy_may_have_many() {
    let (server, _shutdown) = start(&[("GENIACS_HTTP__CONNECTIONS_PER_ADDRESS", "3")]);
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = connect(&server).await;
        client.write_all(GET).await.unwrap();
        assert!(answer(&mut client).await.starts_with("HTTP/1.1 200"));
        clients.push(client);
    }

    let mut fourth = connect(&server).await;
    let _ = fourth.write_all(GET).await;
    assert_eq!(answer(&mut fourth).await, "");

    let (server, _shutdown) =
        start(&[("GENIACS_HTTP__CONNECTIONS_PER_ADDRESS", "3"), ("GENIACS_HTTP__TRUSTED_PROXIES", "127.0.0.1")]);
    let mut clients = Vec::new();
    for _ in 0..10 {
        let mut client = connect(&server).await;
        client.write_all(GET).await.unwrap();
        assert!(answer(&mut client).await.starts_with("HTTP/1.1 200"));
        clients.push(client);
    }
}

#[tokio::test]
async fn malformed_requests_are_counted_by_reason() {
    let (server, _shutdown) = start(&[]);
    for _ in 0..3 {
        let mut client = connect(&server).await;
        client.write_all(b"\x16\x03\x01 no request\r\n\r\n").await.unwrap();
        closed(&mut client).await;
    }

    let counted = |text: &str| {
        let line = text
            .lines()
            .find(|line| line.starts_with("http_server_connections_ended_total") && line.contains("malformed"));
        line.and_then(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).unwrap_or(0)
    };

    let all = async {
        while counted(&crate::metrics::render_metrics()) < 3 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LIMIT, all).await.expect("each is counted");
}
