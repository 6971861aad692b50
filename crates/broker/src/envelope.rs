//! A message with its envelope, as the outbox keeps it and as AMQP carries it.

use std::collections::BTreeMap;

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use messages::{CONTENT_TYPE, Message};
use uuid::Uuid;

use crate::PublishError;
use crate::trace;

/// RabbitMQ writes the message to disk.
const PERSISTENT: u8 = 2;

/// An encoded message: a row of the outbox, but for its queue and time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawMessage {
    /// The full protobuf name, one of [`Message::NAMES`].
    pub type_name: String,
    /// The encoded message.
    pub payload: Vec<u8>,
    /// Trace context; text only.
    pub headers: BTreeMap<String, String>,
}

impl RawMessage {
    /// Encodes a message, with the trace context of the current span.
    pub fn of(message: &Message) -> Self {
        Self {
            type_name: message.type_name().to_owned(),
            payload: message.encode(),
            headers: trace::headers_of_current_span(),
        }
    }

    /// The AMQP properties of one sending of this message.
    pub(crate) fn properties(&self, message_id: Uuid) -> Result<BasicProperties, PublishError> {
        let mut headers = FieldTable::default();
        for (key, value) in &self.headers {
            headers.insert(short_text(key)?, AMQPValue::LongString(value.as_str().into()));
        }

        Ok(BasicProperties::default()
            .with_content_type(CONTENT_TYPE.into())
            .with_type(short_text(&self.type_name)?)
            .with_message_id(message_id.to_string().into())
            // Only persistent messages survive a restart of RabbitMQ.
            .with_delivery_mode(PERSISTENT)
            .with_headers(headers))
    }
}

fn short_text(text: &str) -> Result<ShortString, PublishError> {
    ShortString::try_new(text).map_err(|_| PublishError::NameTooLong)
}

/// The text headers of a received message.
pub(crate) fn text_headers(properties: &BasicProperties) -> BTreeMap<String, String> {
    let Some(headers) = properties.headers() else { return BTreeMap::new() };
    let texts = headers.inner().iter().filter_map(|(key, value)| match value {
        AMQPValue::LongString(text) => Some((key.to_string(), String::from_utf8(text.as_bytes().to_vec()).ok()?)),
        _ => None,
    });
    texts.collect()
}

/// How often RabbitMQ says that the message came back; 0 on its first way.
pub(crate) fn delivery_count(properties: &BasicProperties) -> u32 {
    let count = properties.headers().as_ref().and_then(|headers| headers.inner().get("x-delivery-count"));
    // RabbitMQ chooses the width of the number by its size.
    let count = match count {
        Some(AMQPValue::LongLongInt(count)) => u32::try_from(*count).ok(),
        Some(AMQPValue::LongInt(count)) => u32::try_from(*count).ok(),
        Some(AMQPValue::LongUInt(count)) => Some(*count),
        Some(AMQPValue::ShortInt(count)) => u32::try_from(*count).ok(),
        Some(AMQPValue::ShortUInt(count)) => Some(u32::from(*count)),
        Some(AMQPValue::ShortShortInt(count)) => u32::try_from(*count).ok(),
        Some(AMQPValue::ShortShortUInt(count)) => Some(u32::from(*count)),
        _ => None,
    };

    count.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope_says_version_type_and_id_and_asks_for_the_disk() -> Result<(), PublishError> {
        let message = RawMessage::of(&Message::work(messages::v1::WakeReason::Triggered));
        let id = Uuid::now_v7();
        let properties = message.properties(id)?;
        assert_eq!(properties.content_type().as_ref().map(ShortString::as_str), Some(CONTENT_TYPE));
        assert_eq!(properties.kind().as_ref().map(ShortString::as_str), Some(Message::NAMES[0]));
        assert_eq!(properties.message_id().as_ref().map(ShortString::as_str), Some(id.to_string().as_str()));
        assert_eq!(*properties.delivery_mode(), Some(2));
        Ok(())
    }

    #[test]
    fn headers_come_back_as_they_were_sent() -> Result<(), PublishError> {
        let headers = BTreeMap::from([("traceparent".to_owned(), "00-aa-bb-01".to_owned())]);
        let message = RawMessage { type_name: "t".into(), payload: vec![], headers: headers.clone() };
        assert_eq!(text_headers(&message.properties(Uuid::nil())?), headers);
        Ok(())
    }

    #[test]
    fn a_type_too_long_for_amqp_is_refused() {
        let message = RawMessage { type_name: "t".repeat(256), payload: vec![], headers: BTreeMap::new() };
        assert!(matches!(message.properties(Uuid::nil()), Err(PublishError::NameTooLong)));
    }
}
