//! Settings of the whole service that are kept in the database.

mod edit_retention;
mod retention;
mod view;

pub(super) use edit_retention::edit_retention;
pub(super) use retention::retention;
