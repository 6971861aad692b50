//! How RabbitMQ and our queues are, for people.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use lapin::Channel;
use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use lapin::uri::{AMQPScheme, AMQPUri};
use secrecy::ExposeSecret;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use crate::connector::{ConnectError, Link};
use crate::topology::short_name;
use crate::{Broker, BrokerOptions, Queue, Topology};

/// Somebody waits for the answer.
const LIMIT: Duration = Duration::from_secs(2);
/// Many who ask at once get the same answer.
const FRESH: Duration = Duration::from_secs(1);
/// How AMQP 0-9-1 begins.
const GREETING: &[u8] = b"AMQP\x00\x00\x09\x01";
/// The entry of the server's own properties: its name's length, its name, and that it is a long text.
const VERSION: &[u8] = b"\x07versionS";

/// The number of messages that wait in a queue, and of its consumers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueStanding {
    /// Which.
    pub queue: Queue,
    /// Messages that wait; those that a consumer holds are not counted.
    pub messages: u32,
    /// Consumers.
    pub consumers: u32,
}

/// RabbitMQ's own answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its version, where it told it: only without TLS.
    pub version: Option<String>,
    /// Every queue of ours, in the order of [`Queue::ALL`].
    pub queues: Vec<QueueStanding>,
}

/// Asks how the queues are, over one connection that is kept between two questions.
#[derive(Debug)]
pub struct Inspector {
    options: BrokerOptions,
    topology: Topology,
    kept: Mutex<KeptAnswer>,
}

#[derive(Default)]
struct KeptAnswer {
    link: Option<Link>,
    version: Option<String>,
    /// The last answer; none where RabbitMQ did not give one.
    last: Option<(Instant, Option<Standing>)>,
}

impl std::fmt::Debug for KeptAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").field("last", &self.last).finish_non_exhaustive()
    }
}

impl Inspector {
    /// Asks the server of `broker`. Nothing is connected before the first question.
    pub fn of(broker: &Broker) -> Self {
        let options = BrokerOptions { connect_timeout: LIMIT, operation_timeout: LIMIT, ..broker.options().clone() };
        Self { options, topology: broker.topology().clone(), kept: Mutex::default() }
    }

    /// How RabbitMQ is now, or was within the last second. None: it is away, or does not answer within a few seconds.
    /// To be called on a runtime that outlives the question.
    pub async fn look(&self) -> Option<Standing> {
        let mut kept = self.kept.lock().await;
        // Health checks and metrics ask often, and RabbitMQ need not answer each.
        if let Some((at, last)) = &kept.last
            && at.elapsed() < FRESH
        {
            return last.clone();
        }

        let asked = match self.ask(&mut kept).await {
            // A connection that was kept may have been lost since.
            Err(Failure { was_kept: true, .. }) => self.ask(&mut kept).await,
            asked => asked,
        };

        let standing =
            asked.map_err(|failure| tracing::debug!(error = %failure.error, "RabbitMQ cannot be asked")).ok();
        kept.last = Some((Instant::now(), standing.clone()));

        standing
    }

    /// Takes the connection, and puts it back only after an answer.
    async fn ask(&self, kept: &mut KeptAnswer) -> Result<Standing, Failure> {
        let was_kept = kept.link.is_some();
        let failed = |error| Failure { error, was_kept };

        let link = if let Some(link) = kept.link.take() {
            link
        } else {
            kept.version = self.version().await;
            Link::open(&self.options, "inspector").await.map_err(failed)?
        };

        let channel = link.channel().await.map_err(failed)?;
        let queues = self.queues(&link, &channel).await.map_err(failed)?;
        link.bounded(channel.close(200, "looked".into())).await.map_err(failed)?;

        // Only a connection that answered is kept.
        kept.link = Some(link);
        Ok(Standing { version: kept.version.clone(), queues })
    }

    async fn queues(&self, link: &Link, channel: &Channel) -> Result<Vec<QueueStanding>, ConnectError> {
        let mut all = Vec::with_capacity(Queue::ALL.len());
        for queue in Queue::ALL {
            let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::durable() };
            let name = short_name(&self.topology.queue(queue));
            let found = link.bounded(channel.queue_declare(name, passive, FieldTable::default())).await?;
            all.push(QueueStanding { queue, messages: found.message_count(), consumers: found.consumer_count() });
        }
        Ok(all)
    }

    /// The server's version, from its greeting, which the client library does not hand on.
    async fn version(&self) -> Option<String> {
        let uri: AMQPUri = self.options.url.expose_secret().parse().ok()?;
        if uri.scheme != AMQPScheme::AMQP {
            return None;
        }
        spawn_blocking(move || ask_version((uri.authority.host.as_str(), uri.authority.port))).await.ok()?
    }
}

struct Failure {
    error: ConnectError,
    was_kept: bool,
}

fn ask_version(address: impl ToSocketAddrs) -> Option<String> {
    let mut stream = TcpStream::connect_timeout(&address.to_socket_addrs().ok()?.next()?, LIMIT).ok()?;
    stream.set_read_timeout(Some(LIMIT)).ok()?;
    stream.set_write_timeout(Some(LIMIT)).ok()?;
    stream.write_all(GREETING).ok()?;

    // A frame: its type, its channel, its length.
    let mut head = [0; 7];
    stream.read_exact(&mut head).ok()?;

    // A stranger's answer must not make this process allocate what it likes.
    let length = u32::from_be_bytes([head[3], head[4], head[5], head[6]]).min(64 * 1024);
    let mut frame = vec![0; usize::try_from(length).ok()?];
    stream.read_exact(&mut frame).ok()?;
    version_in(&frame)
}

fn version_in(frame: &[u8]) -> Option<String> {
    let start = frame.windows(VERSION.len()).position(|window| window == VERSION)? + VERSION.len();
    let length = u32::from_be_bytes(frame.get(start..start + 4)?.try_into().ok()?);
    let text = frame.get(start + 4..start + 4 + usize::try_from(length).ok()?.min(64))?;
    let text = std::str::from_utf8(text).ok()?;
    text.chars().all(|c| c.is_ascii_graphic()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_out_of_the_greeting_and_out_of_nothing_else() {
        let mut frame = b"\x00\x0a\x00\x0a\x00\x09\x07productS\x00\x00\x00\x08RabbitMQ".to_vec();
        assert_eq!(version_in(&frame), None);
        frame.extend(b"\x07versionS\x00\x00\x00\x073.10.81\x00");
        assert_eq!(version_in(&frame).as_deref(), Some("3.10.81"));
        assert_eq!(version_in(b"\x07versionS\x00\x00\x00\xff3.1"), None);
        assert_eq!(version_in(b"\x07versionS\x00"), None);
    }
}
