//! What both sides changed.

use crate::Ruling;
use domain::conflict::Resolution;
use domain::integration::ConflictPolicy;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The name of the field that stands for the record's being deleted.
pub const DELETED: &str = "deleted";

/// Whose value holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Winner {
    /// The provider's.
    Local,
    /// The partner's.
    Geniacs,
}

/// A field that both sides changed; its values are in Geniacs' form, null where there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldConflict {
    /// The local column.
    pub field: String,
    /// The Geniacs field.
    pub geniacs_field: String,
    /// What both last agreed on.
    pub base: Value,
    /// What the provider says.
    pub local: Value,
    /// What the partner says.
    pub geniacs: Value,
    /// Who wins; none until a person decides.
    pub winner: Option<Winner>,
}

/// The fields of a record that both sides changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// The fields.
    pub fields: Vec<FieldConflict>,
    /// By what it was settled; `manual` where it waits for a person.
    pub policy: ConflictPolicy,
}

impl Conflict {
    /// The same without these columns; none where it was about no other.
    pub fn without(mut self, columns: &[String]) -> Option<Self> {
        self.fields.retain(|field| !columns.contains(&field.field));
        (!self.fields.is_empty()).then_some(self)
    }

    /// Whose values hold; none while a person has to decide about any of them.
    pub fn resolution(&self) -> Option<Resolution> {
        let mut winners = self.fields.iter().map(|field| field.winner);
        let first = winners.next().unwrap_or(Some(Winner::Geniacs))?;
        let mut resolution = if first == Winner::Local { Resolution::Local } else { Resolution::Geniacs };
        for winner in winners {
            if winner? != first {
                resolution = Resolution::Merge;
            }
        }

        // One that is open is open, wherever it stands.
        self.fields.iter().all(|field| field.winner.is_some()).then_some(resolution)
    }
}

/// A conflict that is not resolved yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Unresolved {
    /// Its fields as a person sees them.
    pub fields: Vec<FieldConflict>,
    /// What a person decided, to be carried out.
    pub ruling: Option<Ruling>,
}
