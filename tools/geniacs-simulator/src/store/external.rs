//! The other side's ids. Nearly all are numbers, which are kept as such: a million of them take 16 MiB, not 60.

use std::collections::HashMap;
use std::fmt;

/// An `external_id`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum ExternalId {
    Number(i64),
    Text(Box<str>),
}

impl ExternalId {
    /// Only a number's usual form is a number: `017` stays text, so that it comes back as it was given.
    pub(crate) fn of(text: &str) -> Self {
        match text.parse::<i64>() {
            Ok(number) if number.to_string() == text => Self::Number(number),
            _ => Self::Text(text.into()),
        }
    }
}

impl fmt::Display for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// Where each `external_id` is.
#[derive(Debug, Default)]
pub(crate) struct ExternalIndex {
    numbers: HashMap<i64, u32>,
    texts: HashMap<Box<str>, u32>,
}

impl ExternalIndex {
    pub(crate) fn get(&self, id: &ExternalId) -> Option<u32> {
        match id {
            ExternalId::Number(number) => self.numbers.get(number).copied(),
            ExternalId::Text(text) => self.texts.get(text).copied(),
        }
    }

    pub(crate) fn insert(&mut self, id: ExternalId, place: u32) {
        match id {
            ExternalId::Number(number) => self.numbers.insert(number, place),
            ExternalId::Text(text) => self.texts.insert(text, place),
        };
    }

    pub(crate) fn remove(&mut self, id: &ExternalId) {
        match id {
            ExternalId::Number(number) => self.numbers.remove(number),
            ExternalId::Text(text) => self.texts.remove(text),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_comes_back_as_it_was_given() {
        for text in ["17", "-1", "017", "+17", "", "9223372036854775808", "A-1"] {
            assert_eq!(ExternalId::of(text).to_string(), text);
        }
        assert_ne!(ExternalId::of("17"), ExternalId::of("017"));
    }
}
