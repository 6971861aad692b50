//! The partner: what it holds, how it changes, and how it answers.

mod answers;
mod events;
mod http;
mod pushes;
mod store;
mod traits;

pub(crate) use events::{Event, Told};
pub(crate) use http::{Reply, Request, serve};
pub(crate) use store::{Partner, Record};
pub(crate) use traits::{External, Traits};
