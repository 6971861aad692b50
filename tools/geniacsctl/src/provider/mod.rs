//! The provider's own tables, past the storage crate: COPY, and reading whole tables. Diesel has no COPY, so this is a
//! tokio-postgres client beside it; nothing here imports diesel_async, whose traits would hide that client's methods.

pub(crate) mod admin;
mod connect;
pub(crate) mod loading;
pub(crate) mod sides;
pub(crate) mod syncs;
pub(crate) mod touching;

pub(crate) use connect::{cause, connect};
