//! The simulator as somebody sees it who knows nothing of this crate's insides.

#![expect(clippy::unwrap_used, reason = "a test stops where something is missing")]

mod partner;
mod partner_api;
mod seeds;
mod webhooks;
