//! `/api/geniacs/notifications`

pub(super) mod list;
mod view;
