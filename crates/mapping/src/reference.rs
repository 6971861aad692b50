//! Which records here and at Geniacs are the same, for fields that name another record.

use crate::cell::Cell;
use crate::problem::Failure;
use domain::{EntityType, record_id};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::HashMap;

/// The rule that a [`FieldProblem`](crate::FieldProblem) names where the other record is not linked. Such a problem
/// stands among the errors of an optional field too, and its value is the key that was not found.
pub const REFERENCE: &str = "reference";

/// Links of one integration that the records at hand refer to, looked up beforehand.
#[derive(Debug, Clone, Default)]
pub struct References(HashMap<EntityType, Links>);

#[derive(Debug, Clone, Default)]
struct Links {
    geniacs: HashMap<i64, String>,
    local: HashMap<String, i64>,
}

impl References {
    /// Notes that a local record and a record of Geniacs are the same.
    pub fn insert(&mut self, entity: EntityType, local_id: i64, geniacs_id: &str) {
        let links = self.0.entry(entity).or_default();
        links.geniacs.insert(local_id, geniacs_id.to_owned());
        links.local.insert(geniacs_id.to_owned(), local_id);
    }

    /// The Geniacs id of a local record, if the two are linked.
    pub fn geniacs_id(&self, entity: EntityType, local_id: i64) -> Option<&str> {
        self.0.get(&entity)?.geniacs.get(&local_id).map(String::as_str)
    }

    /// The local id of a record of Geniacs, if the two are linked.
    pub fn local_id(&self, entity: EntityType, geniacs_id: &str) -> Option<i64> {
        self.0.get(&entity)?.local.get(geniacs_id).copied()
    }

    /// A local id as the partner's.
    pub(crate) fn push<'a>(&'a self, entity: EntityType, cell: &mut Cell<'a>) -> Result<(), Failure> {
        let Cell::Id(id) = cell else { return Ok(()) };
        let linked = self.geniacs_id(entity, *id);
        let linked =
            linked.ok_or_else(|| unlinked_failure(format!("names a record of {entity} that is not linked yet")))?;
        *cell = Cell::Text(Cow::Borrowed(linked));
        Ok(())
    }

    /// The partner's id as a local one.
    pub(crate) fn pull(&self, entity: EntityType, cell: &mut Cell<'_>) -> Result<(), Failure> {
        let Cell::Text(id) = cell else { return Ok(()) };
        let linked = self.local_id(entity, id);
        let linked =
            linked.ok_or_else(|| unlinked_failure(format!("names a record of {entity} that is not here yet")))?;
        *cell = Cell::Id(linked);
        Ok(())
    }
}

fn unlinked_failure(message: String) -> Failure {
    Failure::new(REFERENCE, message)
}

/// Reads a local id: a whole number.
pub(crate) fn local_id(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Reads a Geniacs id in the form in which links keep it.
pub(crate) fn geniacs_id(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(id) => record_id::is_id(id).then_some(Cow::Borrowed(id)),
        other => record_id::of_json(Some(other)).ok().flatten().map(Cow::Owned),
    }
}
