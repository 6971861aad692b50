#![doc = include_str!("../README.md")]

pub mod dashboard;
pub mod drive;
pub mod line;
pub mod mapping;
pub mod options;
pub mod reads;
pub mod report;
mod stats;
mod system;
pub mod transfer;
pub mod webhooks;

pub use line::Line;
pub use options::{Options, Part};
