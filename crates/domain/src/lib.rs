//! The vocabulary and the rules that every other crate shares: entities, the life of a sync, policies, roles.
//! No I/O, no async and no clock, so that any rule here can be tested with plain values.

mod named;

pub mod conflict;
pub mod counts;
pub mod defaults;
pub mod email;
pub mod entity;
pub mod field;
mod field_mapping;
pub mod history;
pub mod integration;
pub mod json;
pub mod moment;
pub mod notification;
pub mod plan;
pub mod reason;
pub mod record_id;
pub mod report;
pub mod retention;
pub mod role;
pub mod run_mode;
pub mod schedule;
pub mod status;
pub mod sync;
pub mod webhook;

pub use counts::Counts;
pub use email::EmailKey;
pub use entity::EntityType;
pub use field::FieldType;
pub use field_mapping::FieldMapping;
pub use moment::{Moment, Precision};
pub use named::UnknownName;
pub use plan::PlanAction;
pub use reason::Reason;
pub use role::Role;
pub use sync::{SyncDirection, SyncStatus, SyncType};
