//! Rows of one table that are made together.

/// Rows of one table that are made together, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NumberSlice {
    pub(crate) count: u64,
    /// The id of the first one.
    pub(crate) first_id: i64,
    /// The number of the first one, which its code shows.
    pub(crate) first_number: u64,
}

impl Default for NumberSlice {
    fn default() -> Self {
        Self { count: 0, first_id: 1, first_number: 1 }
    }
}

impl NumberSlice {
    pub(crate) fn id(&self, index: u64) -> i64 {
        self.first_id.saturating_add_unsigned(index)
    }

    pub(crate) fn number(&self, index: u64) -> u64 {
        self.first_number + index
    }
}
