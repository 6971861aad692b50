//! The exchange and the queues, as data.

use std::time::Duration;

use lapin::options::{
    ExchangeDeclareOptions, ExchangeDeleteOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::protocol::{AMQPErrorKind, AMQPSoftError};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, ErrorKind, ExchangeKind};
use tokio::time::timeout;

/// How often a message may come back before RabbitMQ gives it up: the last resort against what kills the process.
const DELIVERY_LIMIT: i32 = 50;
/// For the dead letters themselves, which nothing would catch. RabbitMQ 4 counts to 20 unless told, 3.10 knows no −1.
const NO_DELIVERY_LIMIT: i32 = 1_000_000_000;
/// The longest name that RabbitMQ takes, less the longest of our own.
const LONGEST_PREFIX: usize = 200;

/// A queue of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Queue {
    /// Permits for syncs and chunks.
    Work,
    /// Permits for stored webhook events, and whole webhooks while the database is away.
    Webhooks,
    /// Messages that the other two gave up, drained by the scheduler.
    DeadLetters,
}

impl Queue {
    /// Every queue; a queue comes after the one that takes its dead letters.
    pub const ALL: [Self; 3] = [Self::DeadLetters, Self::Work, Self::Webhooks];

    /// The name without its prefix, as stored in the outbox and shown in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Webhooks => "webhooks",
            Self::DeadLetters => "dead-letters",
        }
    }

    /// The queue of a name without prefix, as stored in the outbox.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|queue| queue.as_str() == name)
    }
}

/// Why the topology is not in place.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TopologyError {
    /// Something of that name exists, but differently.
    #[error(
        "{kind} `{name}` exists with other arguments than this version declares ({detail}). Empty it and delete it \
         (`rabbitmqctl delete_queue {name}` for a queue), or start with another queue prefix"
    )]
    Mismatch {
        /// `queue` or `exchange`.
        kind: &'static str,
        /// Its full name.
        name: String,
        /// RabbitMQ's words.
        detail: String,
    },
    /// The prefix cannot be part of a name.
    #[error("a queue prefix may have at most {LONGEST_PREFIX} bytes; this one has {0}")]
    PrefixTooLong(usize),
    /// RabbitMQ did not answer.
    #[error("RabbitMQ did not answer within {0:?} while `{1}` was declared")]
    TimedOut(Duration, String),
    /// Anything else, a lost connection above all.
    #[error("declaring `{name}` failed: {source}")]
    Failed {
        /// The full name of the queue or exchange.
        name: String,
        /// What the client library says.
        source: lapin::Error,
    },
}

/// The names under one prefix.
#[derive(Debug, Clone)]
pub struct Topology {
    prefix: String,
}

impl Topology {
    /// The topology under a prefix, which may be empty.
    pub fn new(prefix: &str) -> Result<Self, TopologyError> {
        if prefix.len() > LONGEST_PREFIX {
            return Err(TopologyError::PrefixTooLong(prefix.len()));
        }
        Ok(Self { prefix: prefix.to_owned() })
    }

    /// The full name of the direct exchange.
    pub fn exchange(&self) -> String {
        format!("{}geniacs", self.prefix)
    }

    /// The full name of a queue, which is its routing key too.
    pub fn queue(&self, queue: Queue) -> String {
        format!("{}{}", self.prefix, queue.as_str())
    }

    /// What a queue is declared with; it never changes for a queue of that name.
    fn arguments(&self, queue: Queue) -> FieldTable {
        let mut arguments = FieldTable::default();
        let mut set = |name: &str, value: AMQPValue| {
            arguments.insert(name.into(), value);
        };

        set("x-queue-type", long_text("quorum"));
        if queue == Queue::DeadLetters {
            // No other queue would catch what this one gives up.
            set("x-delivery-limit", AMQPValue::LongInt(NO_DELIVERY_LIMIT));
        } else {
            set("x-delivery-limit", AMQPValue::LongInt(DELIVERY_LIMIT));
            // All four together, or RabbitMQ dead-letters at most once without a word.
            set("x-dead-letter-strategy", long_text("at-least-once"));
            set("x-overflow", long_text("reject-publish"));
            set("x-dead-letter-exchange", long_text(&self.exchange()));
            set("x-dead-letter-routing-key", long_text(&self.queue(Queue::DeadLetters)));
        }

        arguments
    }

    /// Declares everything. A failure closes the channel, so give it one of its own.
    pub(crate) async fn declare(&self, channel: &Channel, limit: Duration) -> Result<(), TopologyError> {
        let exchange = self.exchange();
        let declared = channel.exchange_declare(
            short_name(&exchange),
            ExchangeKind::Direct,
            ExchangeDeclareOptions { durable: true, ..Default::default() },
            FieldTable::default(),
        );
        within_limit(limit, "exchange", &exchange, declared).await?;

        for queue in Queue::ALL {
            self.declare_queue(channel, queue, limit).await?;
        }
        Ok(())
    }

    async fn declare_queue(&self, channel: &Channel, queue: Queue, limit: Duration) -> Result<(), TopologyError> {
        let name = self.queue(queue);
        let declared = channel.queue_declare(short_name(&name), QueueDeclareOptions::durable(), self.arguments(queue));
        within_limit(limit, "queue", &name, declared).await?;

        let bound = channel.queue_bind(
            short_name(&name),
            short_name(&self.exchange()),
            short_name(&name),
            QueueBindOptions::default(),
            FieldTable::default(),
        );
        within_limit(limit, "queue", &name, bound).await
    }

    /// Deletes everything under this prefix, with what is in it.
    pub(crate) async fn delete(&self, channel: &Channel, limit: Duration) -> Result<(), TopologyError> {
        for queue in Queue::ALL {
            let name = self.queue(queue);
            let deleted = channel.queue_delete(short_name(&name), QueueDeleteOptions::default());
            within_limit(limit, "queue", &name, deleted).await?;
        }

        let exchange = self.exchange();
        within_limit(
            limit,
            "exchange",
            &exchange,
            channel.exchange_delete(short_name(&exchange), ExchangeDeleteOptions::default()),
        )
        .await
    }
}

/// A name as AMQP has it. Ours are checked for their length when the topology is made.
pub(crate) fn short_name(name: &str) -> ShortString {
    ShortString::try_new(name).unwrap_or_default()
}

fn long_text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}

async fn within_limit<T>(
    limit: Duration,
    kind: &'static str,
    name: &str,
    operation: impl Future<Output = lapin::Result<T>>,
) -> Result<(), TopologyError> {
    match timeout(limit, operation).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(explain_declaration(kind, name, error)),
        Err(_) => Err(TopologyError::TimedOut(limit, name.to_owned())),
    }
}

fn explain_declaration(kind: &'static str, name: &str, error: lapin::Error) -> TopologyError {
    if let ErrorKind::ProtocolError(refusal) = error.kind()
        && *refusal.kind() == AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED)
    {
        let detail = refusal.get_message().to_string();
        return TopologyError::Mismatch { kind, name: name.to_owned(), detail };
    }
    TopologyError::Failed { name: name.to_owned(), source: error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_carries_the_prefix_and_every_queue_is_found_by_its_name() -> Result<(), TopologyError> {
        let topology = Topology::new("t1-")?;
        assert_eq!(topology.exchange(), "t1-geniacs");
        assert_eq!(Queue::ALL.map(|queue| topology.queue(queue)), ["t1-dead-letters", "t1-work", "t1-webhooks"]);
        assert_eq!(Queue::ALL.map(|queue| Queue::from_name(queue.as_str())), Queue::ALL.map(Some));
        Ok(())
    }

    #[test]
    fn queues_have_all_arguments_that_dead_lettering_at_least_once_needs() -> Result<(), TopologyError> {
        let arguments = Topology::new("")?.arguments(Queue::Work);
        for name in ["x-dead-letter-strategy", "x-overflow", "x-dead-letter-exchange", "x-dead-letter-routing-key"] {
            assert!(arguments.contains_key(name), "{name}");
        }
        Ok(())
    }

    #[test]
    fn a_prefix_too_long_for_a_name_is_refused() {
        assert!(matches!(Topology::new(&"p".repeat(201)), Err(TopologyError::PrefixTooLong(201))));
    }
}
