//! Who may hold requests back: limits and a circuit breaker that clients of many processes share.

use crate::PartnerError;
use std::pin::Pin;
use std::time::Duration;

/// The future that a gate's methods return.
pub type GateFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Asked before each request of a client, and told what came of it.
pub trait Gate: Send + Sync {
    /// Lets one request through, or says why not: [`PartnerError::HeldBack`]. Then nothing is sent.
    fn enter(&self) -> GateFuture<'_, Result<Box<dyn Pass>, PartnerError>>;

    /// Whether failures from now on are those of the records that are asked for, and say nothing about the partner.
    fn own_failures(&self, _own: bool) {}
}

/// One request's leave to be sent. Dropped without an answer, its request was cut off and nobody knows what became of
/// it.
pub trait Pass: Send {
    /// Called once the request came to its end, before its caller hears of it.
    fn answered(self: Box<Self>, heard: Heard) -> GateFuture<'static, ()>;
}

/// The evidence of one request about the partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// What went wrong, if anything.
    pub error: Option<PartnerError>,
    /// How long the partner asks to be left alone, by `Retry-After` or because this was the last request of a window.
    pub pause_for: Option<Duration>,
}
