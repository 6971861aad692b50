//! The caller's side of publishing: when a message counts as sent.

use std::time::Duration;

use messages::Message;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout, timeout_at};
use uuid::Uuid;

use crate::broker::{Broker, BrokerState};
use crate::metrics::count_one;
use crate::publish_session::Request;
use crate::{Queue, RawMessage};

/// Why a message does not count as sent. It may have arrived all the same, except where the text says otherwise.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PublishError {
    /// Nothing was sent: the broker is away.
    #[error("RabbitMQ is not connected; the message was not sent. The connection is being built again")]
    NotConnected,
    /// Nothing was sent: RabbitMQ takes no messages for lack of memory or disk.
    #[error("RabbitMQ takes no messages for now (memory or disk alarm); the message was not sent")]
    Blocked,
    /// No queue took it. The topology has been declared again, so that another attempt can succeed.
    #[error("no queue took a message for `{0}`: a queue or binding was missing; all are declared again")]
    Returned(&'static str),
    /// RabbitMQ could not keep it.
    #[error("RabbitMQ refused a message for `{0}`: the queue is full or not available")]
    Refused(&'static str),
    /// No confirm came in time.
    #[error("RabbitMQ did not confirm a message within {0:?}; whether it arrived is unknown")]
    TimedOut(Duration),
    /// The connection went while the confirm was awaited.
    #[error("the connection to RabbitMQ was lost before the confirm; whether the message arrived is unknown")]
    Lost,
    /// A type or header name that AMQP cannot carry.
    #[error("a message's type and the names of its headers may have at most 255 bytes")]
    NameTooLong,
}

impl Broker {
    /// Sends one message with the trace context of the current span, and waits until RabbitMQ has it on disk.
    pub async fn publish(&self, queue: Queue, message: &Message) -> Result<(), PublishError> {
        self.publish_raw(queue, RawMessage::of(message)).await
    }

    /// Sends several messages to one queue at once. An error means that at least one of them does not count as sent.
    pub async fn publish_all(&self, queue: Queue, messages: &[Message]) -> Result<(), PublishError> {
        let messages = messages.iter().map(|message| (queue, RawMessage::of(message))).collect();
        self.publish_raw_all(messages).await.into_iter().collect()
    }

    /// Sends an encoded message as it is, under the same guarantee as [`Broker::publish`].
    pub async fn publish_raw(&self, queue: Queue, message: RawMessage) -> Result<(), PublishError> {
        let deadline = Instant::now() + self.options().operation_timeout;
        self.ready().await?;
        self.send(queue, message, deadline).await
    }

    /// Sends encoded messages at once; the outcomes are in the order of the messages.
    pub async fn publish_raw_all(&self, messages: Vec<(Queue, RawMessage)>) -> Vec<Result<(), PublishError>> {
        let deadline = Instant::now() + self.options().operation_timeout;
        if let Err(error) = self.ready().await {
            return vec![Err(error); messages.len()];
        }
        let sends = messages.into_iter().map(|(queue, message)| self.send(queue, message, deadline));
        futures_util::future::join_all(sends).await
    }

    /// Waits no longer than the grace time for a connection that takes messages.
    async fn ready(&self) -> Result<(), PublishError> {
        let mut state = self.state();
        let connected = state.wait_for(|state| *state == BrokerState::Connected);
        let waited = timeout(self.options().publish_grace, connected).await.is_ok_and(|state| state.is_ok());
        match *self.state().borrow() {
            _ if waited => Ok(()),
            BrokerState::Blocked => Err(PublishError::Blocked),
            _ => Err(PublishError::NotConnected),
        }
    }

    async fn send(&self, queue: Queue, message: RawMessage, deadline: Instant) -> Result<(), PublishError> {
        // A returned message is known by this id.
        let id = Uuid::now_v7();
        let properties = message.properties(id)?;
        let (reply, outcome) = oneshot::channel();
        let request = Request { id, queue, properties, payload: message.payload, reply };
        let confirmed = async {
            self.requests().send(request).await.map_err(|_| PublishError::NotConnected)?;
            count_one(&self.metrics().published, queue);
            // A session that is lost drops the replies that it owes.
            outcome.await.unwrap_or(Err(PublishError::Lost))
        };
        let limit = self.options().operation_timeout;
        let outcome = timeout_at(deadline, confirmed).await.unwrap_or(Err(PublishError::TimedOut(limit)));
        match &outcome {
            Ok(()) => count_one(&self.metrics().confirmed, queue),
            Err(PublishError::Returned(_)) => count_one(&self.metrics().returned, queue),
            Err(_) => {}
        }
        outcome
    }
}
