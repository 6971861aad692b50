//! The API's own description: an OpenAPI document that is made from the table of routes and from what each handler says
//! of itself.
//!
//! A handler's file holds a `describe_…` function beside the handler: an [`Operation`] with its [`Parameter`]s, its
//! body and its [`Answer`]. Whatever follows from method, path and role is added by [`document`]: access, ids in the
//! path, failures. Bodies and answers are described by types with `utoipa::ToSchema`; their examples are put together
//! from the examples of their fields.

mod answer;
pub(crate) mod asset;
mod document;
mod example;
mod failures;
pub(crate) mod names;
mod operation;
pub(crate) mod page;
mod parameter;
mod schemas;
pub(crate) mod serve;

pub(crate) use answer::Answer;
pub(crate) use operation::Operation;
pub(crate) use parameter::Parameter;
pub(crate) use schemas::Described;

use utoipa::ToSchema;

/// An answer that has nothing to say.
#[derive(ToSchema)]
pub(crate) struct Nothing {}

/// What is left of something that was deleted.
#[derive(Debug, serde::Serialize, ToSchema)]
pub(crate) struct Deleted {
    /// The number it had.
    pub(crate) id: i64,
}
