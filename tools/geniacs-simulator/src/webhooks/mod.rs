//! Webhooks about what the partner changes.

mod delivery;
mod events;
mod milestones;
mod order;
mod report;
mod way;

pub(crate) use delivery::{deliver_events, post_webhook};
pub(crate) use events::make_events;
pub(crate) use order::Address;
pub use order::{EventAction, EventForm, WebhookRun};
pub use report::DeliveryReport;
