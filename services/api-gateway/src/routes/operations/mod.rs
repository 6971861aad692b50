//! Operations: what was asked for over all that a filter found.

pub(super) mod get;
mod view;

pub(super) use view::{OperationView, answer_accepted};
