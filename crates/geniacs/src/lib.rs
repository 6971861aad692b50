//! The partner, as seen from here: an HTTP client that speaks the Geniacs partner API, version 1.
//!
//! A [`Client`] belongs to one [`Account`] and borrows its connections from a pool that all accounts share
//! ([`Outbound`]), which connects only where a [`Guard`] lets it. Every call is signed, carries the trace of the current
//! span, follows no redirect, and ends within its time and its size, whatever the partner sends. What can go wrong is a [`PartnerError`], which knows whether to
//! try again, whether the request may have taken effect all the same, and whether the whole sync is lost.
//!
//! A [`Gate`] may hold its requests back, and a [`Witness`] sees them.
//!
//! Times are told on our clock as well: a [`PartnerClock`] learns from the answers how far the partner's is ahead.
//!
//! Nothing here logs a body, a key or a signature, and no error message holds what a record holds: the partner's own words
//! are masked. A key that the partner says back is taken out of its answer before anybody reads that.

mod account;
mod answer;
mod body;
mod client;
mod clock;
mod error;
mod exchange;
mod find;
#[doc(hidden)]
pub mod fuzzing;
mod gate;
mod guard;
mod health;
mod http;
mod look_up;
mod outcome;
mod page;
mod pause;
mod place;
mod push;
mod reason;
mod record;
mod refusal;
mod scrub;
mod sign;
mod singles;
mod trace;

pub use account::{Account, InvalidAccount};
pub use client::Client;
pub use clock::{News, PartnerClock};
pub use error::PartnerError;
pub use exchange::{Exchange, Witness};
pub use gate::{Gate, GateFuture, Heard, Pass};
pub use guard::{Guard, OutboundRefusal};
pub use health::{Health, RateLimits};
pub use http::{ClientBuildError, HttpOptions, Outbound, http_client};
pub use look_up::{LookUp, Sought, Whereabouts};
pub use outcome::{PushAnswer, RecordResult, Unnamed};
pub use page::{Lookup, Page, PageRequest};
pub use push::{PushBody, PushContent, PushRecord};
pub use record::Record;
pub use refusal::RejectedField;
pub use reqwest::Method;
pub use sign::{SIGNATURE_HEADER, TIMESTAMP_HEADER, request_signature};
