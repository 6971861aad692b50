//! Settings of the whole service that are kept in the database.

mod body;
pub(super) mod edit_retention;
pub(super) mod retention;
mod view;

pub(super) use edit_retention::edit_retention;
pub(super) use retention::retention;
