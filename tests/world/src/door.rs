//! The door that the partner's events come through: the real ingest, over HTTP on this machine. It has no broker: what it
//! answers 200 is in the database.

use secrets::sign_hex;
use service::{CancellationToken, Settings};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What the partner signs its events with.
pub(crate) const SECRET: &str = "the secret of the door";

pub(crate) struct Door {
    address: SocketAddr,
    shutdown: CancellationToken,
}

impl Drop for Door {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl Door {
    pub(crate) async fn open(database: &str, keys: &str) -> Self {
        service::install_tls_provider();
        let settings = [
            ("GENIACS_DATABASE__URL", database),
            ("GENIACS_DATABASE__ROLE", "geniacs_ingest"),
            ("GENIACS_DATABASE__POOL_SIZE", "2"),
            ("GENIACS_BROKER__URL", "amqp://127.0.0.1:1"),
            ("GENIACS_ENCRYPTION_KEYS", keys),
        ];
        let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let settings = Settings::from_map(settings).expect("good settings");

        let shutdown = CancellationToken::new();
        let ingest = webhook_ingest::start(settings, shutdown.clone()).await.expect("the ingest starts");
        let address = ingest.address;
        tokio::spawn(ingest.join());
        Self { address, shutdown }
    }

    /// Sends an event as the partner does; returns the status of the answer.
    pub(crate) async fn send(&self, integration_id: i64, body: &str) -> String {
        let signature = sign_hex(SECRET.as_bytes(), &[body.as_bytes()]);
        let request = format!(
            "POST /api/geniacs/webhook/{integration_id} HTTP/1.1\r\nHost: door\r\nConnection: close\r\n\
             Content-Type: application/json\r\nX-Geniacs-Signature: {signature}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(self.address).await.expect("the door is open");
        stream.write_all(request.as_bytes()).await.expect("it listens");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("it answers");
        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    }
}
