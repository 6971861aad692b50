//! The provider's own tables, past the storage crate: COPY, and reading whole tables.

pub(crate) mod admin;
pub(crate) mod loading;
pub(crate) mod sides;
pub(crate) mod syncs;
pub(crate) mod touching;
