//! Notices: [`rules`] say who is told about what, [`evaluate`] finds what has begun and what is over, [`deliveries`] are what is
//! told, one for each address.

pub mod deliveries;
pub mod evaluate;
pub mod history;
mod notice;
pub mod rules;

pub use notice::Notice;
