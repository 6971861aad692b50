//! Whose records are applied, and how.

use super::Outcome;
use crate::failure::{Failure, Step};
use crate::references;
use domain::EntityType;
use domain::integration::ConflictPolicy;
use domain::run_mode::Effect;
use domain::sync::SyncOptions;
use mapping::{FieldProblem, InvalidRecord, Mapped, Plan, References};
use reconcile::{Incoming, Merging, NeverNull, Rules, status, version_key};
use serde_json::{Map, Value};
use storage::Connection;
use storage::entities::{Column, Descriptor};

/// Whose records are applied, and how.
pub(crate) struct Target<'a> {
    pub(crate) integration_id: i64,
    pub(crate) entity: EntityType,
    pub(crate) descriptor: &'static Descriptor,
    pub(crate) mapping: &'a Plan,
    pub(crate) options: &'a SyncOptions,
    /// Whether anything is written.
    pub(crate) effect: Effect,
    pub(crate) merging: Merging,
    /// Who wins a conflict, unless the field's mapping says otherwise.
    pub(crate) policy: ConflictPolicy,
    /// Whether a field that no mapping knows fails its record.
    pub(crate) schema_strict: bool,
    /// Whether Geniacs has just refused the local records as older than its own.
    pub(crate) refused: bool,
    /// The run that brings the records; none: events do.
    pub(crate) sync_id: Option<i64>,
    /// Links of the records that those at hand refer to; found for each round.
    pub(crate) references: References,
}

impl Target<'_> {
    /// What a failure is judged as.
    pub(super) const fn step(&self) -> Step {
        if self.sync_id.is_some() { Step::Apply } else { Step::EventRecords }
    }

    /// What decisions about the records go by.
    pub(super) fn rules<'a>(&'a self, never_null: &'a [NeverNull]) -> Rules<'a> {
        Rules {
            entity: self.entity,
            mapping: self.mapping,
            references: &self.references,
            never_null,
            create_missing: self.options.create_missing,
            update_existing: self.options.update_existing,
            merging: self.merging,
            policy: self.policy,
            schema_strict: self.schema_strict,
            refused: self.refused,
        }
    }

    /// The columns that cannot be empty. A code and a status are not for Geniacs to clear; any other goes back to its default.
    pub(super) fn never_null(&self) -> Vec<NeverNull> {
        let is_kept = |column: &Column| self.descriptor.code == Some(column.name) || column.name == status::COLUMN;
        let of_column = |column: &Column| {
            column.default?;
            let empty = column.default_value().filter(|_| !is_kept(column));
            Some(NeverNull { column: column.name, empty })
        };
        self.descriptor.columns.iter().filter_map(of_column).collect()
    }

    /// The columns that are read and written: the mapped ones, and those that decide about a status or that events set.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> + Clone {
        let more = status::columns(self.entity).iter().copied();
        self.mapping.local_fields().chain(more.filter(|name| !self.mapping.local_fields().any(|field| field == *name)))
    }

    /// A local record in Geniacs' form.
    pub(super) fn mapped(&self, local: &Map<String, Value>) -> Mapped {
        self.mapping.push(local, &self.references)
    }

    /// The outcome of a record that refers to something unknown.
    pub(super) fn unresolved(&self, local_id: Option<i64>, record: &Incoming, errors: &[FieldProblem]) -> Outcome {
        let waits = references::waits_of_geniacs(
            self.entity,
            &record.geniacs_id,
            self.mapping,
            &record.fields,
            &self.references,
        );
        let InvalidRecord { field, message } = InvalidRecord::of(errors);
        Outcome::Unresolved { local_id, waits, field, message }
    }

    /// The same target, knowing what these records refer to.
    pub(super) async fn with_references_of(
        &self,
        connection: &mut Connection,
        records: &[&Incoming],
    ) -> Result<Self, Failure> {
        let mut found = References::default();
        let fields = records.iter().map(|record| &record.fields);
        references::find(connection, self.integration_id, self.mapping, std::iter::empty(), fields, &mut found).await?;
        Ok(Self { references: found, ..*self })
    }

    /// The Geniacs field of a column; the column's own name where no mapping has it.
    pub(super) fn geniacs_field(&self, column: &str) -> String {
        let key = version_key(self.mapping.local_fields().zip(self.mapping.geniacs_fields()), column);
        key.trim_start().to_owned()
    }
}
