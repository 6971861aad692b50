//! What all workers share about one partner account, one row each: pauses, the circuit breaker, rate windows, refused
//! credentials. `held_until` of that row says until when nothing of the integration is taken up, for whatever reason.

pub(crate) mod breaker;
mod clock;
mod credentials;
mod pause;
mod permits;
mod standing;

pub use breaker::{Rule, failed, probe_was_not_used, succeeded};
pub(crate) use clock::KNOWN_AHEAD;
pub use clock::{note_partner_ahead, partner_ahead};
pub use credentials::{Test, accept_credentials, due_tests, refuse_credentials};
pub use pause::pause;
pub use permits::{Permits, give_back, take};
pub use standing::{Health, HeldCounts, Standing, health, held_counts, standing};
