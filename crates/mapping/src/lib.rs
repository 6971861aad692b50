#![doc = include_str!("../README.md")]

mod address;
mod canonical;
mod cell;
mod check;
mod date;
mod defaults;
mod field;
mod field_mapping;
mod form;
mod names;
mod number;
mod order;
mod patch;
mod phone;
mod plan;
mod problem;
mod reference;
mod rule;
mod trace;
mod transform;
mod validation;
mod zone;

pub use canonical::canonical_bytes;
pub use canonical::same_json;
pub use check::{MAX_MAPPINGS, check, check_all};
pub use defaults::default_mappings;
pub use domain::integration::Invalid as Problem;
pub use field_mapping::{Context, FieldMapping};
pub use patch::{Completeness, Difference, Patch};
pub use phone::{Region, UnknownRegion, warm_up};
pub use plan::{Mapped, Plan};
pub use problem::{FieldProblem, validation_message};
pub use reference::{REFERENCE, References};
pub use rule::MAX_RULES;
pub use trace::{Step, Trace};
