//! The findings of a comparison.

use domain::EntityType;
use geniacsctl::print::{Output, grouped};
use serde_json::{Value, json};
use std::io;

/// How many differences are named, of each entity.
const NAMED: usize = 10;

/// A way in which the two sides differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DifferenceKind {
    /// A live record here that Geniacs lacks.
    MissingThere,
    /// A live record of Geniacs' that is not here.
    MissingHere,
    /// A record on both sides whose values, references or life differ.
    Different,
    /// A record that cannot be mapped, and is not treated as such.
    Unexplained,
}

/// The findings for one entity. Values are personal data and appear nowhere.
#[derive(Debug)]
pub(in crate::commands) struct EntityReport {
    entity: EntityType,
    pub(super) equal: u64,
    /// References of the equal ones: each leads to the same record on both sides.
    pub(super) references: u64,
    pub(super) invalid: u64,
    /// Records that refer to one that is not linked.
    pub(super) waiting: u64,
    pub(super) deleted: u64,
    missing_there: u64,
    missing_here: u64,
    different: u64,
    unexplained: u64,
    named: Vec<String>,
}

impl EntityReport {
    pub(super) fn new(entity: EntityType) -> Self {
        Self {
            entity,
            equal: 0,
            references: 0,
            invalid: 0,
            waiting: 0,
            deleted: 0,
            missing_there: 0,
            missing_here: 0,
            different: 0,
            unexplained: 0,
            named: Vec::new(),
        }
    }

    /// Counts a difference, and keeps its sentence if it is one of the first.
    pub(super) fn add(&mut self, kind: DifferenceKind, sentence: impl FnOnce() -> String) {
        *match kind {
            DifferenceKind::MissingThere => &mut self.missing_there,
            DifferenceKind::MissingHere => &mut self.missing_here,
            DifferenceKind::Different => &mut self.different,
            DifferenceKind::Unexplained => &mut self.unexplained,
        } += 1;

        if self.named.len() < NAMED {
            self.named.push(sentence());
        }
    }

    pub(in crate::commands) fn differences(&self) -> u64 {
        self.missing_there + self.missing_here + self.different + self.unexplained
    }

    fn counts(&self) -> [u64; 9] {
        [
            self.equal,
            self.references,
            self.invalid,
            self.waiting,
            self.deleted,
            self.missing_there,
            self.missing_here,
            self.different,
            self.unexplained,
        ]
    }

    /// For a program.
    pub(in crate::commands) fn data(&self) -> Value {
        json!({
            "entity_type": self.entity,
            "equal": self.equal,
            "references": self.references,
            "invalid": self.invalid,
            "waiting": self.waiting,
            "deleted": self.deleted,
            "missing_at_geniacs": self.missing_there,
            "missing_here": self.missing_here,
            "different": self.different,
            "unexplained": self.unexplained,
            "named": self.named,
        })
    }
}

/// A line for each entity, and what is wrong.
pub(in crate::commands) fn print_reports(reports: &[EntityReport], output: Output) -> io::Result<()> {
    output.line(format_args!(
        "{:<16} {:>8} {:>10} {:>8} {:>8} {:>8} {:>10} {:>8} {:>10} {:>12}",
        "entity",
        "equal",
        "references",
        "invalid",
        "waiting",
        "deleted",
        "not there",
        "not here",
        "different",
        "unexplained"
    ))?;

    for report in reports {
        let counts = report.counts().map(grouped);
        let [equal, references, invalid, waiting, deleted, there, here, different, unexplained] = counts;
        output.line(format_args!(
            "{:<16} {equal:>8} {references:>10} {invalid:>8} {waiting:>8} {deleted:>8} {there:>10} {here:>8} \
             {different:>10} {unexplained:>12}",
            report.entity.as_str()
        ))?;
    }

    let named = reports.iter().flat_map(|report| report.named.iter().map(|named| (report.entity, named)));
    named.into_iter().try_for_each(|(entity, sentence)| output.line(format_args!("  ✗ {entity}: {sentence}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_difference_is_counted_and_the_first_ten_are_named() {
        let mut report = EntityReport::new(EntityType::Customers);
        for id in 0..25 {
            report.add(DifferenceKind::Different, || format!("record {id}"));
        }
        report.add(DifferenceKind::MissingHere, String::new);
        assert_eq!(report.differences(), 26);
        assert_eq!(report.named.len(), NAMED);
    }
}
