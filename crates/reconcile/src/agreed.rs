//! What both sides agree on once a decision is carried out.

use crate::base::canonical;
use serde_json::{Map, Value};

/// What a link is to hold as agreed on.
#[derive(Debug, Clone, PartialEq)]
pub enum Agreed {
    /// What it holds already.
    Same,
    /// The row as it is once it is written, in Geniacs' form.
    AsWritten,
    /// The same with other words of Geniacs in it.
    Overlaid(Overlay),
    /// This.
    Text {
        /// Canonical text.
        text: String,
        /// Whether the row says the same.
        in_step: bool,
    },
}

/// The former agreement, overlaid with what Geniacs says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overlay {
    /// The former agreement.
    pub base: Map<String, Value>,
    /// Geniacs fields that the row, once written, says as Geniacs does.
    pub here: Vec<String>,
    /// Geniacs fields of which the row says something else: what Geniacs says.
    pub there: Vec<(String, Option<Value>)>,
}

impl Overlay {
    /// The new agreement, given the row as it is now, in Geniacs' form.
    pub fn over(self, row: &Map<String, Value>) -> Map<String, Value> {
        let Self { base: mut fields, here, there } = self;
        let here = here.into_iter().map(|name| {
            let value = row.get(&name).cloned();
            (name, value)
        });
        for (name, value) in here.chain(there) {
            match value {
                Some(value) => fields.insert(name, value),
                None => fields.remove(&name),
            };
        }
        fields
    }

    /// The new agreement of a row that is not written.
    pub(crate) fn text(self, row: &Map<String, Value>, before: Option<&str>) -> Agreed {
        let text = canonical(&self.over(row));
        if before == Some(text.as_str()) {
            return Agreed::Same;
        }
        let in_step = text == canonical(row);
        Agreed::Text { text, in_step }
    }
}
