//! What starts syncs by itself: schedules and their ticks, intervals, and local changes that are pushed as they happen.
//!
//! The scheduler acts on them. The api-gateway lets people edit schedules and shows their ticks.

pub mod intervals;
pub mod real_time;
pub mod schedules;
pub mod ticks;
