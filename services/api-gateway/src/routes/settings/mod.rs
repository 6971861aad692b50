//! Settings of the whole service that are kept in the database.

mod body;
pub(super) mod edit_retention;
pub(super) mod retention;
mod view;
