//! Partner accounts: integrations, the mappings of their fields, and the limits within which they are called.
//!
//! The api-gateway lets people edit them. The sync-worker calls partners by them. The scheduler, the webhook-ingest and
//! geniacsctl read which there are.

pub mod accounts;
pub mod fields_seen;
pub mod integrations;
pub mod limits;
pub mod mappings;
