//! What both sides last agreed on, seen beside the record as it is here.

use crate::{Here, Rules};
use mapping::{REFERENCE, canonical_bytes, same_json};
use serde_json::{Map, Value};

/// The local record in Geniacs' form, and what it started from.
pub(crate) struct Base {
    /// The local record in Geniacs' form.
    pub(crate) mapped: Map<String, Value>,
    /// Whether all that it refers to is linked.
    pub(crate) resolved: bool,
    pub(crate) agreed: Known,
}

/// What is known of the last agreement.
pub(crate) enum Known {
    /// It is what the local record says now.
    InStep,
    /// It is this.
    Agreed(Map<String, Value>),
    /// Nothing.
    Unknown,
}

impl Base {
    pub(crate) fn of(rules: &Rules<'_>, here: &Here) -> Self {
        let pushed = rules.mapping.push(&here.local, rules.references);
        let resolved = !pushed.errors.iter().any(|problem| problem.rule == REFERENCE);
        let mapped = pushed.fields;
        let agreed = match &here.agreed {
            None => Known::Unknown,
            Some(agreed) if *agreed == canonical(&mapped) => Known::InStep,
            Some(agreed) => serde_json::from_str(agreed).map_or(Known::Unknown, Known::Agreed),
        };
        Self { mapped, resolved, agreed }
    }

    /// What was agreed on about a field; none where nothing is known. Absent is null.
    #[expect(clippy::option_option, reason = "that nothing was agreed on is not that nothing is there")]
    pub(crate) fn field(&self, name: &str) -> Option<Option<&Value>> {
        match &self.agreed {
            Known::InStep => Some(self.mapped.get(name)),
            Known::Agreed(fields) => Some(fields.get(name)),
            Known::Unknown => None,
        }
    }

    /// Whether the local side changed something that Geniacs does not have yet.
    pub(crate) fn changed_here(&self) -> bool {
        matches!(self.agreed, Known::Agreed(_))
    }

    /// Whether both sides last agreed that Geniacs has nothing.
    pub(crate) fn is_nothing(&self) -> bool {
        matches!(&self.agreed, Known::Agreed(fields) if fields.is_empty())
    }
}

/// Fields as links keep them.
pub(crate) fn canonical(fields: &Map<String, Value>) -> String {
    let mut bytes = Vec::with_capacity(512);
    canonical_bytes(fields, &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether two values, or their absence, say the same.
pub(crate) fn same(one: Option<&Value>, other: Option<&Value>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => same_json(one, other),
        (one, other) => one.is_none() == other.is_none(),
    }
}
