//! Webhook events: their types and what becomes of them.

use crate::EntityType;

crate::named::named_enum! {
    /// The state of a stored event.
    WebhookState as "state" {
        /// Stored, not yet applied.
        Received = "received",
        /// Applied, or nothing to do.
        Processed = "processed",
        /// Everything in it was older than what is known.
        Superseded = "superseded",
        /// Could not be applied yet; tried again.
        Failed = "failed",
        /// Given up with its reason, until somebody replays it.
        SetAside = "set_aside",
    }
}

crate::named::named_enum! {
    /// The state of a message that a queue gave up.
    LetterState as "state" {
        /// A webhook: stored as an event set aside, until somebody sends it again.
        SetAside = "set_aside",
        /// A webhook that was stored before; there is nothing to do.
        StoredAlready = "stored_already",
        /// A permit, whose work is woken without it; or a webhook of an integration that is gone.
        Dropped = "dropped",
        /// Bytes that this version does not understand.
        Unreadable = "unreadable",
        /// Sent again by a person.
        Requeued = "requeued",
    }
}

/// The action that an event reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// A record was made.
    Created(EntityType),
    /// A record was changed. Like a creation it carries values, and either may come first.
    Updated(EntityType),
    /// A record was deleted.
    Deleted(EntityType),
    /// `payment.completed`.
    PaymentCompleted,
    /// `subscription.activated`.
    SubscriptionActivated,
    /// A type that this version does not know; stored and logged, and changes nothing.
    Unknown,
}

impl EventKind {
    /// Reads an event type such as `customer.updated`.
    pub fn of(event_type: &str) -> Self {
        match event_type {
            "payment.completed" => return Self::PaymentCompleted,
            "subscription.activated" => return Self::SubscriptionActivated,
            _ => {}
        }
        let Some((name, action)) = event_type.split_once('.') else { return Self::Unknown };
        let Some(entity) = EntityType::ALL.iter().copied().find(|e| e.event_name() == name) else {
            return Self::Unknown;
        };
        match action {
            "created" => Self::Created(entity),
            "updated" => Self::Updated(entity),
            "deleted" => Self::Deleted(entity),
            _ => Self::Unknown,
        }
    }

    /// The event types that speak of a kind of record.
    pub fn types_of(entity: EntityType) -> Vec<String> {
        let name = entity.event_name();
        let mut types: Vec<String> =
            ["created", "updated", "deleted"].iter().map(|action| format!("{name}.{action}")).collect();
        match entity {
            EntityType::Payments => types.push("payment.completed".to_owned()),
            EntityType::Subscriptions => types.push("subscription.activated".to_owned()),
            _ => {}
        }
        types
    }

    /// The kind of record that it speaks of; none where the type is not known.
    pub const fn entity(self) -> Option<EntityType> {
        match self {
            Self::Created(entity) | Self::Updated(entity) | Self::Deleted(entity) => Some(entity),
            Self::PaymentCompleted => Some(EntityType::Payments),
            Self::SubscriptionActivated => Some(EntityType::Subscriptions),
            Self::Unknown => None,
        }
    }
}
