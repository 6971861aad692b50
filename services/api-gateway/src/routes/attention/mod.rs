//! What needs a person's attention.

pub(super) mod get;
mod view;

pub(in crate::routes) use view::InStepView;
