//! A collector of traces that keeps what it gets, and a partner that says back what it was told.

use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};

/// An HTTP server of a test's own.
pub(super) struct Stub {
    pub(super) url: String,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
}

struct Request {
    authorization: String,
    body: Vec<u8>,
}

impl Stub {
    /// Keeps the bodies and answers 200.
    pub(super) async fn collector() -> Self {
        Self::answering(|_| "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned()).await
    }

    /// Refuses everything, and quotes the key that it was shown.
    pub(super) async fn echo(status: &'static str) -> Self {
        Self::answering(move |request| {
            let key = &request.authorization;
            let body = format!(
                r#"{{"error": {{"type": "validation_error", "message": "no: {key}", "details": [{{"index": 0, "field": "{key}", "message": "no: {key}"}}]}}}}"#
            );
            let location = format!("https://elsewhere.example/{}", key.trim_start_matches("Bearer "));

            format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nLocation: {location}\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n{body}",
                body.len()
            )
        })
        .await
    }

    async fn answering(answer: impl Fn(&Request) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let (requests, answer) = (Arc::<Mutex<Vec<Vec<u8>>>>::default(), Arc::new(answer));

        let kept = requests.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, answer) = (kept.clone(), answer.clone());
                tokio::spawn(async move {
                    let mut stream = BufStream::new(stream);
                    if let Some(request) = read(&mut stream).await {
                        let _ = stream.write_all(answer(&request).as_bytes()).await;
                        kept.lock().unwrap_or_else(PoisonError::into_inner).push(request.body);
                        let _ = stream.flush().await;
                    }
                });
            }
        });

        Self { url, requests }
    }

    /// The bodies so far.
    pub(super) fn bodies(&self) -> Vec<Vec<u8>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn read(stream: &mut BufStream<TcpStream>) -> Option<Request> {
    let (mut length, mut authorization) = (0, String::new());
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            if line.trim_end().is_empty() {
                break;
            }
            continue;
        };

        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "authorization" => value.clone_into(&mut authorization),
            _ => {}
        }
    }

    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request { authorization, body })
}
