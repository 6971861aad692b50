//! The messages that travel through RabbitMQ: those of `proto/`, and how they are named and versioned on the way.
//!
//! A **permit** wakes a worker and carries nothing that matters: losing one costs half a minute, doubling one
//! nothing. A **delivery** carries a webhook's body while the database is away, and must not be lost.
//!
//! Every message says what it is in its AMQP properties: [`CONTENT_TYPE`] names the version of the schema, and `type`
//! holds the full protobuf name. A reader that does not know the version or the type refuses the message, which
//! then ends among the dead letters. A new kind of message is a `message` in `proto/`, a variant of [`Message`] and a
//! line in `Message::NAMES`; a change that old readers would misunderstand is a new package, `v2`.

mod message;

pub use message::{CONTENT_TYPE, DecodeError, Message};

/// The generated types of `geniacs.messages.v1`.
pub mod v1 {
    include!(concat!(env!("OUT_DIR"), "/geniacs.messages.v1.rs"));

    impl std::fmt::Debug for WebhookDelivery {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_struct("WebhookDelivery")
                .field("integration_id", &self.integration_id)
                .field("dedupe_key", &self.dedupe_key)
                .field("event_type", &self.event_type)
                .field("body_bytes", &self.body.len())
                .finish_non_exhaustive()
        }
    }
}
