//! A client that writes what it likes, byte by byte.

use crate::stand::Stand;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A connection to the gateway.
pub(crate) struct Raw(TcpStream);

impl Raw {
    pub(crate) async fn connect(stand: &Stand) -> Self {
        Self(TcpStream::connect(stand.origin().trim_start_matches("http://")).await.unwrap())
    }

    /// Writes, for as long as the other side reads.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).await.is_ok()
    }

    /// The head of the answer; empty where the connection was closed without one.
    pub(crate) async fn head(&mut self) -> String {
        let mut head = [0; 2048];
        let read = timeout(Duration::from_secs(30), self.0.read(&mut head)).await.expect("an answer or the end");
        String::from_utf8_lossy(&head[..read.unwrap_or(0)]).into_owned()
    }

    /// The status of the answer; none where the connection was closed without one.
    pub(crate) async fn status(&mut self) -> Option<u16> {
        self.head().await.split(' ').nth(1)?.parse().ok()
    }

    /// Writes one byte after the other until it is cut off or answered. Gives the status and how long that took.
    pub(crate) async fn drip(mut self, beginning: &str) -> (Option<u16>, Duration) {
        let began = Instant::now();
        assert!(self.write(beginning.as_bytes()).await);
        let (mut reading, mut writing) = self.0.into_split();

        let drip = async {
            while writing.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
            std::future::pending::<()>().await;
        };

        let mut head = [0; 64];
        let answer = async { reading.read(&mut head).await.unwrap_or(0) };
        let length = tokio::select! {
            length = timeout(Duration::from_secs(40), answer) => length.expect("an answer or the end"),
            () = drip => 0,
        };

        let line = String::from_utf8_lossy(&head[..length]).into_owned();
        (line.split(' ').nth(1).and_then(|status| status.parse().ok()), began.elapsed())
    }
}
