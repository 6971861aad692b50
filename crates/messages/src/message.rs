//! One enum over everything that is sent, and its two directions.

use prost::Message as _;

use crate::v1::{WakeReason, WebhookDelivery, WebhookPermit, WorkPermit};

/// The AMQP content type of every message of this version.
pub const CONTENT_TYPE: &str = "application/vnd.geniacs.v1+protobuf";

/// A message of a kind that this version knows.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// Wakes a worker for syncs and chunks.
    WorkPermit(WorkPermit),
    /// Wakes a worker for stored webhook events.
    WebhookPermit(WebhookPermit),
    /// A webhook that could not be stored when it came.
    WebhookDelivery(WebhookDelivery),
}

/// Why a message cannot be understood. Such a message is dead-lettered: trying again changes nothing.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DecodeError {
    /// Another version of the schema, or something that is none of ours.
    #[error("content type `{0}` is not `{CONTENT_TYPE}`; it was sent by another version, or by something else")]
    UnknownContentType(String),
    /// A type that this version does not know.
    #[error("message type `{0}` is unknown to this version; upgrade this service, or find who sent it")]
    UnknownType(String),
    /// The bytes do not fit the type.
    #[error("the bytes are not a `{type_name}`: {source}")]
    Malformed {
        /// The type that the message claimed.
        type_name: String,
        /// What protobuf says.
        source: prost::DecodeError,
    },
}

impl Message {
    /// The full protobuf name of every kind, as sent in the AMQP property `type`.
    pub const NAMES: [&'static str; 3] =
        ["geniacs.messages.v1.WorkPermit", "geniacs.messages.v1.WebhookPermit", "geniacs.messages.v1.WebhookDelivery"];

    /// A permit for syncs and chunks.
    pub fn work(reason: WakeReason) -> Self {
        Self::WorkPermit(WorkPermit { reason: reason.into() })
    }

    /// A permit for stored webhook events.
    pub fn webhooks(reason: WakeReason) -> Self {
        Self::WebhookPermit(WebhookPermit { reason: reason.into() })
    }

    /// The full protobuf name of this message's kind.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::WorkPermit(_) => Self::NAMES[0],
            Self::WebhookPermit(_) => Self::NAMES[1],
            Self::WebhookDelivery(_) => Self::NAMES[2],
        }
    }

    /// The payload, without its envelope. A permit without a reason is empty.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::WorkPermit(message) => message.encode_to_vec(),
            Self::WebhookPermit(message) => message.encode_to_vec(),
            Self::WebhookDelivery(message) => message.encode_to_vec(),
        }
    }

    /// Reads a payload by what its envelope says it is.
    pub fn decode(type_name: &str, content_type: &str, payload: &[u8]) -> Result<Self, DecodeError> {
        if content_type != CONTENT_TYPE {
            return Err(DecodeError::UnknownContentType(excerpt_of(content_type)));
        }

        match type_name {
            name if name == Self::NAMES[0] => WorkPermit::decode(payload).map(Self::WorkPermit),
            name if name == Self::NAMES[1] => WebhookPermit::decode(payload).map(Self::WebhookPermit),
            name if name == Self::NAMES[2] => WebhookDelivery::decode(payload).map(Self::WebhookDelivery),
            unknown => return Err(DecodeError::UnknownType(excerpt_of(unknown))),
        }
        .map_err(|source| DecodeError::Malformed { type_name: type_name.to_owned(), source })
    }
}

/// Foreign text, short enough for a log.
fn excerpt_of(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use prost::Name;

    use super::*;

    fn delivery() -> WebhookDelivery {
        WebhookDelivery {
            integration_id: 7,
            dedupe_key: "evt_1".into(),
            event_type: Some("customer.updated".into()),
            signature: "5ec2e7".into(),
            body: br#"{"name":"Budi Santoso"}"#.to_vec(),
            received_at_micros: 1_700_000_000_000_000,
        }
    }

    fn one_of_each() -> [Message; 3] {
        [
            Message::work(WakeReason::Scheduled),
            Message::webhooks(WakeReason::Unspecified),
            Message::WebhookDelivery(delivery()),
        ]
    }

    #[test]
    fn a_message_decodes_to_itself() {
        for message in one_of_each() {
            let back = Message::decode(message.type_name(), CONTENT_TYPE, &message.encode());
            assert_eq!(back, Ok(message));
        }
    }

    #[test]
    fn the_names_are_those_of_the_schema() {
        let schema = [WorkPermit::full_name(), WebhookPermit::full_name(), WebhookDelivery::full_name()];
        assert_eq!(schema, Message::NAMES.map(str::to_owned));
        assert_eq!(one_of_each().map(|message| message.type_name()), Message::NAMES);
    }

    #[test]
    fn another_version_or_type_is_refused_by_name() {
        let version = Message::decode(Message::NAMES[0], "application/vnd.geniacs.v2+protobuf", b"");
        assert_eq!(version, Err(DecodeError::UnknownContentType("application/vnd.geniacs.v2+protobuf".into())));
        let unknown = Message::decode("geniacs.messages.v1.Surprise", CONTENT_TYPE, b"");
        assert_eq!(unknown, Err(DecodeError::UnknownType("geniacs.messages.v1.Surprise".into())));
    }

    #[test]
    fn broken_bytes_are_refused_and_never_panic() {
        for name in Message::NAMES {
            let refused = Message::decode(name, CONTENT_TYPE, &[0xff, 0xff, 0xff]);
            assert!(
                matches!(refused, Err(DecodeError::Malformed { ref type_name, .. }) if type_name == name),
                "{refused:?}"
            );
        }
    }

    #[test]
    fn a_reason_of_a_newer_version_is_read_as_unspecified() {
        let message = Message::decode(Message::NAMES[0], CONTENT_TYPE, &[0x08, 0x63]);
        let Ok(Message::WorkPermit(permit)) = message else { panic!("{message:?}") };
        assert_eq!(permit.reason(), WakeReason::Unspecified);
    }

    #[test]
    fn debug_shows_neither_body_nor_signature() {
        let shown = format!("{:?}", Message::WebhookDelivery(delivery()));
        assert!(!shown.contains("Budi") && !shown.contains("5ec2e7"), "{shown}");
    }
}
