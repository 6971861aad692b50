//! Listings that are not what they seem.

use serde::{Deserialize, Serialize};

/// How one walk through a listing goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lie {
    /// As the contract says.
    #[default]
    Honest,
    /// The second page's cursor leads to the second page, for ever.
    RepeatedCursor,
    /// The last page's cursor leads back to the first.
    LoopingCursor,
    /// Every second record is missing.
    Shrunk,
    /// There are no records.
    Empty,
    /// The first page says that it is the last.
    EndsEarly,
}

impl Lie {
    const ALL: [Self; 6] =
        [Self::Honest, Self::RepeatedCursor, Self::LoopingCursor, Self::Shrunk, Self::Empty, Self::EndsEarly];

    /// A number for a cursor's text.
    pub(crate) const fn number(self) -> u8 {
        self as u8
    }

    /// The lie of a cursor's text.
    pub(crate) fn of_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}
