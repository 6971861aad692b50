//! Notices: [`rules`] say who is told about what, [`evaluate`] finds what has begun and what is over, [`deliveries`] are what is
//! told, one for each address.
//!
//! The scheduler evaluates the rules and delivers. The api-gateway lets people edit rules and shows what was told.

pub mod deliveries;
pub mod evaluate;
pub mod history;
mod notice;
pub mod rules;

pub use notice::Notice;
