//! A sender of webhooks that costs next to nothing: one connection, one request after the other.

use crate::drive::Caller;
use anyhow::{Context, bail};
use chrono::{SecondsFormat, Utc};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Where webhooks go, what signs them, and which records they are about.
#[derive(Debug, Clone)]
pub(super) struct Address {
    pub(super) host: String,
    pub(super) path: String,
    pub(super) secret: String,
    pub(super) records: Arc<Vec<String>>,
}

/// Which event was answered when.
pub(super) type Answers = Arc<Mutex<Vec<(u64, SystemTime)>>>;

impl Address {
    pub(super) fn of(url: &str, secret: &str, records: Vec<String>) -> anyhow::Result<Self> {
        let rest = url.strip_prefix("http://").context("webhooks go to plain HTTP here")?;
        let (host, path) = rest.split_once('/').context("the address has a path")?;
        Ok(Self {
            host: host.to_owned(),
            path: format!("/{path}"),
            secret: secret.to_owned(),
            records: Arc::new(records),
        })
    }

    /// Senders with a connection each.
    pub(super) async fn senders(&self, count: usize) -> anyhow::Result<Vec<Sender>> {
        self.noting(count, None).await
    }

    /// Senders that note when each event was answered.
    pub(super) async fn noting(&self, count: usize, answers: Option<&Answers>) -> anyhow::Result<Vec<Sender>> {
        let mut senders = Vec::with_capacity(count);
        for _ in 0..count {
            let stream = TcpStream::connect(&self.host).await?;
            stream.set_nodelay(true)?;
            senders.push(Sender { address: self.clone(), stream, buffer: Vec::new(), answers: answers.cloned() });
        }
        Ok(senders)
    }

    /// The body of an event, of the usual size.
    pub(super) fn body(&self, number: u64) -> String {
        let place = usize::try_from(number).unwrap_or_default() % self.records.len().max(1);
        let record = self.records.get(place).map_or("none", String::as_str);
        let at = Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true);
        let mut body = format!(
            r#"{{"event_id":"bench-{number}","event_type":"customer.updated","timestamp":"{at}","data":{{"customer_id":"{record}","customer_name":"Name {number}"}},"note":""#
        );
        let padding = super::BODY.saturating_sub(body.len() + 2);
        body.extend(std::iter::repeat_n('x', padding));
        body.push_str("\"}");
        body
    }
}

/// One connection.
pub(super) struct Sender {
    address: Address,
    stream: TcpStream,
    buffer: Vec<u8>,
    answers: Option<Answers>,
}

impl Caller for Sender {
    async fn call(&mut self, number: u64) -> anyhow::Result<()> {
        let Address { host, path, secret, .. } = &self.address;
        let body = self.address.body(number);
        let signature = secrets::sign_hex(secret.as_bytes(), &[body.as_bytes()]);
        let length = body.len();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
             x-geniacs-signature: {signature}\r\n\r\n{body}"
        );

        self.stream.write_all(request.as_bytes()).await?;
        self.answer().await?;
        if let Some(answers) = &self.answers {
            answers.lock().unwrap_or_else(PoisonError::into_inner).push((number, SystemTime::now()));
        }
        Ok(())
    }
}

impl Sender {
    /// Reads one answer, which must be a 200.
    async fn answer(&mut self) -> anyhow::Result<()> {
        self.buffer.clear();
        loop {
            if let Some(length) = whole_length(&self.buffer)?
                && self.buffer.len() >= length
            {
                break;
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
        }

        if !self.buffer.starts_with(b"HTTP/1.1 200") {
            bail!("a webhook was answered {}", String::from_utf8_lossy(&self.buffer));
        }
        Ok(())
    }
}

/// How long the answer is that begins here, once its head is there.
fn whole_length(answer: &[u8]) -> anyhow::Result<Option<usize>> {
    let Some(end) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(answer.get(..end).unwrap_or_default())?.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.context("the answer tells its length")?.trim().parse()?;
    Ok(Some(end + 4 + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_json_of_the_usual_size() {
        let address = Address::of("http://127.0.0.1:1/api/x", "s", vec!["cust_1".to_owned()]).unwrap();
        let body = address.body(12_345);
        assert_eq!((address.path.as_str(), body.len()), ("/api/x", super::super::BODY));
        let event: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(event["data"]["customer_id"], "cust_1");
    }

    #[test]
    fn an_answer_ends_with_its_body() {
        assert_eq!(whole_length(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n").unwrap(), None);
        assert_eq!(whole_length(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{").unwrap(), Some(40));
    }
}
