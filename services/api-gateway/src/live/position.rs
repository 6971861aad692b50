//! A place in the stream, as `Last-Event-ID` carries it.

use std::fmt;
use std::str::FromStr;

/// Everything up to here was told: what transactions older than `transaction` changed, and the events up to `event`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub(super) transaction: i64,
    pub(super) event: i64,
}

impl Position {
    /// The place from which nothing of either is missed.
    pub(super) fn earlier(self, other: Self) -> Self {
        Self { transaction: self.transaction.min(other.transaction), event: self.event.min(other.event) }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.transaction, self.event)
    }
}

impl FromStr for Position {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let number = |text: &str| text.parse().ok().filter(|number: &i64| *number >= 0).ok_or(());
        let (transaction, event) = text.split_once('-').ok_or(())?;
        Ok(Self { transaction: number(transaction)?, event: number(event)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_and_read_and_rubbish_is_none() {
        let place = Position { transaction: 7_431, event: 812 };
        assert_eq!(place.to_string().parse(), Ok(place));
        for text in ["", "7431", "a-b", "-1-2", "1--2", "99999999999999999999-1", "1-2-3"] {
            assert_eq!(text.parse::<Position>(), Err(()), "{text}");
        }
    }
}
