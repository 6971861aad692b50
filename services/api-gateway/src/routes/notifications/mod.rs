//! `/api/geniacs/notifications`

pub(super) mod list;
mod view;

pub(super) use list::list;
