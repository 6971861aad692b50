//! Plans and runs syncs, and applies webhooks. Any number of workers share the work: PostgreSQL holds it, a message is
//! only a permit that wakes one of them.
//!
//! - [`work`]: from a permit to a claimed chunk, kept under a lease.
//! - [`plan`]: what a sync walks, frozen at its start; cutting it into chunks; ending it.
//! - [`push`]: one stretch of local records to Geniacs.
//! - [`pull`]: one listing of Geniacs, page by page.
//! - [`preview`]: what a dry run would do with each record, and carrying that out later.
//! - [`incoming`]: applying what came from Geniacs, by page or by event, with one set of statements.
//! - [`webhooks`]: stored events, applied in batches.

mod account;
mod claims;
mod failure;
mod fields_seen;
mod form;
mod frozen;
mod guard;
mod history;
mod incoming;
mod lease;
mod limits;
mod log_lines;
mod masking;
mod metrics;
mod outgoing;
mod plan;
mod preview;
mod pull;
mod push;
mod references;
mod run;
mod start;
mod stepped;
mod trail;
mod unanswered;
mod webhooks;
mod work;
mod worker;

pub use start::run;
pub use stepped::SteppedWorker;
