//! What a handler is given, and what it answers.

use std::collections::BTreeMap;

use lapin::BasicProperties;
use lapin::types::ShortString;
use messages::{DecodeError, Message};

use crate::envelope;

/// A message for a handler.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// What was sent.
    pub message: Message,
    /// Whether it was given out before. Nothing else is handled by the same consumer while such a message is.
    pub redelivered: bool,
    /// How often it came back, as far as RabbitMQ counts: from 4.3 on, giving a message back is not counted.
    pub delivery_count: u32,
}

/// What becomes of a message.
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

/// What was received, before it is known to be understood.
pub(crate) struct Received {
    pub(crate) message: Result<Message, DecodeError>,
    pub(crate) message_id: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) redelivered: bool,
    pub(crate) delivery_count: u32,
}

impl Received {
    pub(crate) fn read(delivery: &lapin::message::Delivery) -> Self {
        let properties: &BasicProperties = &delivery.properties;
        let delivery_count = envelope::delivery_count(properties);
        Self {
            message: Message::decode(
                text(properties.kind().as_ref()),
                text(properties.content_type().as_ref()),
                &delivery.data,
            ),
            message_id: text(properties.message_id().as_ref()).to_owned(),
            headers: envelope::text_headers(properties),
            redelivered: delivery.redelivered || delivery_count > 0,
            delivery_count,
        }
    }
}

fn text(property: Option<&ShortString>) -> &str {
    property.map_or("", ShortString::as_str)
}
