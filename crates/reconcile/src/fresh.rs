//! What of a record is at least as new as what the link knows.

use crate::{Incoming, Rules, Versions};
use mapping::Completeness;
use serde_json::{Map, Value};

pub(crate) struct Fresh {
    /// Geniacs fields, without those that something implied takes the place of.
    pub(crate) fields: Map<String, Value>,
    /// Local columns.
    pub(crate) implied: Map<String, Value>,
}

impl Fresh {
    pub(crate) fn of(rules: &Rules<'_>, record: &Incoming, versions: &Versions) -> Self {
        let implied: Map<String, Value> = record
            .implied
            .iter()
            .map(|(column, value)| (column.clone(), value.clone()))
            .filter(|(column, _)| versions.admits(&rules.version_key(column), record.version))
            .collect();
        let instead: Vec<String> = record.implied.keys().map(|column| rules.version_key(column)).collect();
        let fields = record
            .fields
            .iter()
            .filter(|(name, _)| versions.admits(name, record.version) && !instead.contains(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        Self { fields, implied }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.implied.is_empty()
    }

    pub(crate) fn forget(&mut self, rules: &Rules<'_>, column: &str) {
        self.implied.remove(column);
        self.fields.remove(&rules.version_key(column));
    }
}

/// Notes the version of what was taken from a record.
pub(crate) fn note<'a>(versions: &mut Versions, record: &Incoming, fields: impl Iterator<Item = &'a String>) {
    match record.completeness {
        // A listing shows the whole record as it was at that moment.
        Completeness::Whole if record.version.arrival == i64::MAX => versions.set_record(record.version),
        _ => fields.for_each(|name| versions.set_field(name, record.version)),
    }
}
