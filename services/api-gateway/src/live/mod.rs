//! Live events: what changes, told to everyone who listens, and read once for all of them.
//!
//! One [`Hub`] per process reads while somebody listens, at most four times a second, woken by the database where it can
//! listen there; nobody listens, nothing is read. Events are states: a sync stands at 40 %, an integration is paused. So a
//! place in the stream is a place in the database ([`Position`]), coming back is reading from there, and nothing of a
//! stream is stored. Everyone gets the same bytes through a ring of bounded length; who does not keep up is cut off,
//! comes back by itself and reads what it missed.
//!
//! - [`hub`] — the loop: when to read, whom to answer, whose token has ended
//! - [`reading`] — one reading of the database, compared with the one before
//! - [`arrivals`] — which numbers of events have been seen
//! - [`event`] — what goes over the line, and what it may show
//! - [`listener`] — one stream
//! - [`narrowed`] — a stream of one sync, with its log entries

mod arrivals;
mod event;
mod hub;
mod listener;
mod metrics;
mod narrowed;
mod position;
mod reading;
mod wake;

pub(crate) use hub::Hub;
pub(crate) use narrowed::narrow_to_sync;
pub(crate) use position::Position;
