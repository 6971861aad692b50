//! Syncs and the work they are made of: accepting, starting, claiming, moving on, ending.
//!
//! The sync-worker carries runs out. The api-gateway accepts, cancels, retries and resumes them. The scheduler starts
//! those that are due, and rescues those that nothing moves any more.

pub mod chunks;
pub(crate) mod claim;
pub mod horizon;
pub mod logs;
pub mod plan_items;
pub mod positions;
pub mod record_errors;
pub mod rescue;
pub mod stalled;
pub mod syncs;
