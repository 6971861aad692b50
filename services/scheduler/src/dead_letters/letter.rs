//! The record of a message that a queue gave up.

use broker::{Delivery, Queue, Topology, Unreadable};
use domain::webhook::LetterState;
use messages::{CONTENT_TYPE, Message};
use storage::console::dead_letters::NewLetter;

/// The widths of the columns.
const LONGEST_TYPE: usize = 128;
const LONGEST_KEY: usize = 200;
const LONGEST_WORD: usize = 64;

/// A message, as its letter tells of it.
pub(super) struct Letter {
    key: String,
    queue: Option<String>,
    reason: Option<String>,
    message_type: String,
    content_type: String,
    integration_id: Option<i64>,
    payload: Vec<u8>,
}

impl Letter {
    pub(super) fn of(read: &Result<Delivery, Unreadable>, topology: &Topology) -> Self {
        let death = match read {
            Ok(delivery) => &delivery.death,
            Err(unreadable) => &unreadable.death,
        };

        let ours = |name: &str| Queue::ALL.into_iter().find(|queue| topology.queue(*queue) == name);
        // RabbitMQ may not name the queue; then the kind of message does.
        let own = read.as_ref().ok().map(|delivery| match delivery.message {
            Message::WorkPermit(_) => Queue::Work,
            Message::WebhookPermit(_) | Message::WebhookDelivery(_) => Queue::Webhooks,
        });

        let letter = Self {
            key: String::new(),
            queue: death.queue.as_deref().and_then(ours).or(own).map(|queue| queue.as_str().to_owned()),
            reason: death.reason.as_deref().map(|reason| cut_text(reason, LONGEST_WORD)),
            message_type: String::new(),
            content_type: CONTENT_TYPE.to_owned(),
            integration_id: None,
            payload: Vec::new(),
        };

        match read {
            Ok(delivery) => Self {
                key: delivery.message_id.clone(),
                message_type: delivery.message.type_name().to_owned(),
                integration_id: match &delivery.message {
                    Message::WebhookDelivery(webhook) => Some(webhook.integration_id),
                    Message::WorkPermit(_) | Message::WebhookPermit(_) => None,
                },
                payload: delivery.message.encode(),
                ..letter
            },
            Err(unreadable) => Self {
                key: unreadable.message_id.clone(),
                message_type: cut_text(&unreadable.type_name, LONGEST_TYPE),
                content_type: cut_text(&unreadable.content_type, LONGEST_KEY),
                payload: unreadable.payload.clone(),
                ..letter
            },
        }
        .keyed()
    }

    /// A message without an id of its own is known by its bytes. A stranger's id must not pass for one of ours.
    fn keyed(self) -> Self {
        let key = if self.key.is_empty() || self.key.len() > LONGEST_KEY || self.key.contains('\0') {
            let hash = secrets::content_hash(&self.payload);
            hash.iter().fold("hash ".to_owned(), |text, byte| format!("{text}{byte:02x}"))
        } else {
            format!("message {}", self.key)
        };
        Self { key, ..self }
    }

    /// The row of a letter whose message can be sent again as it was.
    pub(super) fn row(&self, state: LetterState) -> NewLetter<'_> {
        NewLetter {
            message_key: &self.key,
            queue: self.queue.as_deref(),
            reason: self.reason.as_deref(),
            message_type: &self.message_type,
            content_type: &self.content_type,
            state,
            integration_id: self.integration_id,
            webhook_event_id: None,
            payload: Some(&self.payload),
        }
    }
}

/// At most so many characters, none of which the database refuses.
fn cut_text(text: &str, most: usize) -> String {
    text.chars().filter(|c| *c != '\0').take(most).collect()
}
