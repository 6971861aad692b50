//! The simulator as somebody sees it who knows nothing of this crate's insides.

#![expect(clippy::unwrap_used, reason = "a test stops where something is missing")]

mod broken_answers;
mod entities;
mod limits;
mod listings;
mod manners;
mod mappings;
mod partner;
mod partner_api;
mod program;
mod readme;
mod receiver;
mod refusals;
mod scenarios;
mod seeds;
mod webhook_faults;
mod webhooks;
