//! What a decision goes by.

use crate::Incoming;
use domain::EntityType;
use domain::integration::ConflictPolicy;
use mapping::{InvalidRecord, Plan, References};
use serde_json::Value;

/// What a difference means in a field about which nothing is kept. Where something is, all three values decide: what is
/// kept, what is here, and what Geniacs says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merging {
    /// Geniacs is the source: its word is taken.
    OneWay,
    /// Both sides are merged: it is a conflict.
    BothWays,
}

/// A column that cannot be empty.
#[derive(Debug, Clone, PartialEq)]
pub struct NeverNull {
    /// Its name.
    pub column: &'static str,
    /// What it holds where Geniacs has no value; none where it keeps its own.
    pub empty: Option<Value>,
}

/// The rules for the records of one entity.
#[expect(clippy::struct_excessive_bools, reason = "each is asked for by itself")]
pub struct Rules<'a> {
    /// The entity.
    pub entity: EntityType,
    /// Its mappings.
    pub mapping: &'a Plan,
    /// What the records at hand refer to.
    pub references: &'a References,
    /// Columns that cannot be empty.
    pub never_null: &'a [NeverNull],
    /// Whether a record that is not here is made.
    pub create_missing: bool,
    /// Whether a record that is here is changed.
    pub update_existing: bool,
    /// What a difference means where nothing is kept.
    pub merging: Merging,
    /// Who wins a conflict, unless the field's mapping says otherwise.
    pub policy: ConflictPolicy,
    /// Whether a field that no mapping knows fails its record.
    pub schema_strict: bool,
    /// Whether Geniacs has just refused the local record as older than its own: what waits is to be sent again.
    pub refused: bool,
}

/// Fields of a partner's record that are about it, not of it.
const BOOKKEEPING: [&str; 5] = ["external_id", "created_at", "updated_at", "deleted", "version"];

impl Rules<'_> {
    /// The name under which the version of a column is kept.
    pub fn version_key(&self, column: &str) -> String {
        version_key(self.mapping.local_fields().zip(self.mapping.geniacs_fields()), column)
    }

    /// Who wins a conflict about a Geniacs field.
    pub(crate) fn policy(&self, geniacs_field: &str) -> ConflictPolicy {
        self.mapping.conflict_policy(geniacs_field).unwrap_or(self.policy)
    }

    /// What is wrong with a record whose fields must all be mapped.
    pub fn unknown_fields(&self, record: &Incoming) -> Option<InvalidRecord> {
        if !self.schema_strict {
            return None;
        }
        let known = |name: &str| self.mapping.geniacs_fields().any(|field| field == name);
        let bookkeeping = |name: &str| name == self.entity.id_field() || BOOKKEEPING.contains(&name);
        let unknown: Vec<&String> = record.fields.keys().filter(|name| !known(name) && !bookkeeping(name)).collect();
        let named: Vec<String> = unknown.iter().map(|name| format!("{name}: no mapping knows this field")).collect();
        unknown.first().map(|first| InvalidRecord { field: Some((*first).clone()), message: named.join("; ") })
    }
}

/// The name under which the version of a column is kept: its Geniacs field among pairs of local and Geniacs fields, or
/// one that no Geniacs field can have.
pub fn version_key<'a>(mut pairs: impl Iterator<Item = (&'a str, &'a str)>, column: &str) -> String {
    pairs.find(|(local, _)| *local == column).map_or_else(|| format!(" {column}"), |(_, field)| field.to_owned())
}
