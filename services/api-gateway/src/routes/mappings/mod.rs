//! Field mappings.

mod create;
mod defaults;
mod fields;
mod list;
mod view;

pub(super) use create::create;
pub(super) use defaults::default_mappings;
pub(super) use fields::fields;
pub(super) use list::list;
