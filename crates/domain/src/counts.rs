//! Counts of the records that a chunk or a sync read, by outcome.

use serde::{Deserialize, Serialize};
use std::ops::{Add, AddAssign};

/// Records by outcome. `read` is the sum of all the others; the database checks that per chunk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Records looked at.
    pub read: i64,
    /// New on the other side.
    pub created: i64,
    /// Changed on the other side.
    pub updated: i64,
    /// Already equal.
    pub unchanged: i64,
    /// Left out by the options.
    pub skipped: i64,
    /// Deleted on the other side.
    pub deleted: i64,
    /// Changed on both sides.
    pub conflicts: i64,
    /// Not possible.
    pub failed: i64,
}

impl Counts {
    /// Whether every record that was read has exactly one outcome.
    pub fn adds_up(&self) -> bool {
        self.read
            == self.created + self.updated + self.unchanged + self.skipped + self.deleted + self.conflicts + self.failed
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            read: self.read + other.read,
            created: self.created + other.created,
            updated: self.updated + other.updated,
            unchanged: self.unchanged + other.unchanged,
            skipped: self.skipped + other.skipped,
            deleted: self.deleted + other.deleted,
            conflicts: self.conflicts + other.conflicts,
            failed: self.failed + other.failed,
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
