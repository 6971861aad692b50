//! The messages that a handler is given, and the decisions that it returns.

use std::collections::BTreeMap;

use lapin::BasicProperties;
use lapin::types::ShortString;
use messages::Message;

use crate::envelope;

/// A message for a handler.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// The message itself.
    pub message: Message,
    /// Whether it was given out before. Nothing else is handled by the same consumer while such a message is.
    pub redelivered: bool,
    /// How often it came back, as far as RabbitMQ counts: from 4.3 on, giving a message back is not counted.
    pub delivery_count: u32,
    /// Who sent it to the dead letters, if it lies there.
    pub death: Death,
    /// Its own id, the same however often it is given out.
    pub message_id: String,
}

/// Where a dead letter comes from; nothing of any other message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Death {
    /// The queue that gave it up first, with its prefix.
    pub queue: Option<String>,
    /// RabbitMQ's reason: `rejected` or `delivery_limit`.
    pub reason: Option<String>,
}

/// A message that this version does not understand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Why, without anything of its bytes.
    pub error: String,
    /// The type that its sender gave.
    pub type_name: String,
    /// The content type that its sender gave.
    pub content_type: String,
    /// Its bytes.
    pub payload: Vec<u8>,
    /// Who sent it to the dead letters, if it lies there.
    pub death: Death,
    /// Its own id, if it has one.
    pub message_id: String,
}

/// A handler's decision about a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Its effect is committed; it can go.
    Done,
    /// It goes back to the queue after a delay that grows with every return.
    RetryLater,
    /// It can never succeed.
    DeadLetter {
        /// Why, for the log: no personal data.
        reason: String,
    },
}

/// What was received.
pub(crate) struct Received {
    pub(crate) read: Result<Delivery, Unreadable>,
    pub(crate) message_id: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) redelivered: bool,
    pub(crate) delivery_count: u32,
}

impl Received {
    pub(crate) fn read(delivery: lapin::message::Delivery) -> Self {
        let properties: &BasicProperties = &delivery.properties;
        let delivery_count = envelope::delivery_count(properties);
        let redelivered = delivery.redelivered || delivery_count > 0;
        let message_id = text_of(properties.message_id().as_ref()).to_owned();

        let headers = envelope::text_headers(properties);
        let death = Death {
            queue: headers.get("x-first-death-queue").cloned(),
            reason: headers.get("x-first-death-reason").cloned(),
        };

        let (type_name, content_type) =
            (text_of(properties.kind().as_ref()), text_of(properties.content_type().as_ref()));
        let read = match Message::decode(type_name, content_type, &delivery.data) {
            Ok(message) => Ok(Delivery { message, redelivered, delivery_count, death, message_id: message_id.clone() }),
            Err(error) => Err(Unreadable {
                error: error.to_string(),
                type_name: type_name.to_owned(),
                content_type: content_type.to_owned(),
                payload: delivery.data,
                death,
                message_id: message_id.clone(),
            }),
        };

        Self { read, message_id, headers, redelivered, delivery_count }
    }
}

fn text_of(property: Option<&ShortString>) -> &str {
    property.map_or("", ShortString::as_str)
}
