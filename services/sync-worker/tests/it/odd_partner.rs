//! A partner that answers whatever a test says.

use crate::harness::Bench;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request, as far as tests look at it.
pub(crate) struct Asked {
    /// Behind the base address: `/customers/c1`.
    pub(crate) path: String,
    pub(crate) query: HashMap<String, String>,
    /// What it says; null where that is nothing.
    pub(crate) body: Value,
}

/// An answer.
pub(crate) struct Reply {
    status: u16,
    date: Option<String>,
    body: Value,
}

impl Reply {
    pub(crate) fn new(status: u16, body: Value) -> Self {
        Self { status, date: None, body }
    }

    pub(crate) fn ok(body: Value) -> Self {
        Self::new(200, body)
    }

    /// Records as the last page of a listing.
    pub(crate) fn page(records: &[Value]) -> Self {
        Self::ok(json!({"data": records, "next_cursor": null}))
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, json!({"error": {"type": "not_found", "message": "there is no such record"}}))
    }

    /// Answered by a partner whose clock shows this.
    pub(crate) fn dated(self, now: chrono::DateTime<chrono::Utc>) -> Self {
        Self { date: Some(now.to_rfc2822().replace("+0000", "GMT")), ..self }
    }
}

/// Lets the bench's integration ask this instead of the simulator.
pub(crate) async fn replace_partner(bench: &Bench, answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let answer: Arc<dyn Fn(&Asked) -> Reply + Send + Sync> = Arc::new(answer);

    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, answer.clone()));
        }
    });

    let id = bench.integration_id;
    bench
        .sql(&format!(
            "UPDATE geniacs_integrations SET endpoint_url = 'http://{address}/v1', version = version + 1 WHERE id = {id}"
        ))
        .await;
}

async fn serve(mut stream: TcpStream, answer: Arc<dyn Fn(&Asked) -> Reply + Send + Sync>) -> std::io::Result<()> {
    let mut read = Vec::new();
    let head_end = loop {
        if let Some(end) = read.windows(4).position(|end| end == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut read).await? == 0 {
            return Ok(());
        }
    };
    let head = String::from_utf8_lossy(&read[..head_end]).to_string();
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    while read.len() < head_end + length.unwrap_or(0) {
        if stream.read_buf(&mut read).await? == 0 {
            return Ok(());
        }
    }

    let target = head.split(' ').nth(1).unwrap_or_default().trim_start_matches("/v1");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let asked = Asked {
        path: path.to_owned(),
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        body: serde_json::from_slice(&read[head_end..]).unwrap_or_default(),
    };
    let Reply { status, date, body } = answer(&asked);
    let date = date.map(|date| format!("Date: {date}\r\n")).unwrap_or_default();
    let body = body.to_string();
    let text =
        format!("HTTP/1.1 {status} X\r\n{date}Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await
}
