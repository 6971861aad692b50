//! What a comparison found.

use crate::print::{self, grouped};
use std::io;

/// How many differences are named.
const NAMED: usize = 10;

/// A way in which the two sides differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A live record here that Geniacs lacks.
    MissingThere,
    /// A live record of Geniacs' that is not here.
    MissingHere,
    /// A record on both sides whose values or whose life differ.
    Different,
    /// A record that fails validation, and is not treated as such.
    Unexplained,
}

/// What a comparison found. Values are personal data and appear nowhere.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) equal: u64,
    pub(super) invalid: u64,
    pub(super) deleted: u64,
    missing_there: u64,
    missing_here: u64,
    different: u64,
    unexplained: u64,
    named: Vec<String>,
}

impl Report {
    /// Counts a difference, and keeps its sentence if it is one of the first.
    pub(super) fn add(&mut self, kind: Kind, sentence: impl FnOnce() -> String) {
        *match kind {
            Kind::MissingThere => &mut self.missing_there,
            Kind::MissingHere => &mut self.missing_here,
            Kind::Different => &mut self.different,
            Kind::Unexplained => &mut self.unexplained,
        } += 1;
        if self.named.len() < NAMED {
            self.named.push(sentence());
        }
    }

    pub(super) fn differences(&self) -> u64 {
        self.missing_there + self.missing_here + self.different + self.unexplained
    }

    pub(super) fn print(&self) -> io::Result<()> {
        for (name, count) in [
            ("equal on both sides", self.equal),
            ("left out, as they fail validation", self.invalid),
            ("deleted", self.deleted),
            ("missing at Geniacs", self.missing_there),
            ("missing here", self.missing_here),
            ("different", self.different),
            ("fail validation, not left out", self.unexplained),
        ] {
            print::line(format_args!("  {name:<34} {:>12}", grouped(count)))?;
        }
        self.named.iter().try_for_each(|sentence| print::line(format_args!("  ✗ {sentence}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_difference_is_counted_and_the_first_ten_are_named() {
        let mut report = Report::default();
        for id in 0..25 {
            report.add(Kind::Different, || format!("record {id}"));
        }
        report.add(Kind::MissingHere, String::new);
        assert_eq!(report.differences(), 26);
        assert_eq!(report.named.len(), NAMED);
    }
}
