//! What an incoming record changes in one that is already here.

use crate::cell::{Cell, Way};
use crate::plan::{Mapped, Plan, PlannedField};
use crate::problem::FieldProblem;
use serde_json::{Map, Value};

/// How much of the partner's record there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// All of it, under Geniacs names, as in a listing: a required field that is absent is an error.
    Whole,
    /// Some of it, as in a webhook's changes: what is absent says nothing, and a key may be a local name.
    Partial,
}

/// What an incoming field asks for.
enum Change<'a> {
    Nothing,
    Clear,
    Write(Cell<'a>),
}

impl Plan {
    /// The local columns of `local` that have to change so that it says what `incoming` says. Compared is in Geniacs'
    /// space: a value that the local one would be pushed as is unchanged, and so is one that, once pulled, equals what
    /// the column holds. An explicit null, or a blank value, becomes the default or clears the column. Absent fields
    /// are left alone. Each field is mapped at most once in each direction.
    pub fn patch(
        &self,
        local: &Map<String, Value>,
        incoming: &Map<String, Value>,
        completeness: Completeness,
    ) -> Mapped {
        let mut patch = Mapped::default();
        for planned in &self.fields {
            let field = &planned.field;
            match planned.change(local, incoming, completeness) {
                Ok(Change::Nothing) => {}
                Ok(Change::Clear) => patch.clear(field),
                Ok(Change::Write(cell)) => patch.take(field, &field.local, Ok(Some(cell)), Way::Pull),
                Err(problem) => patch.report(field, problem),
            }
        }
        patch
    }
}

impl PlannedField {
    fn change<'a>(
        &self,
        local: &Map<String, Value>,
        incoming: &'a Map<String, Value>,
        completeness: Completeness,
    ) -> Result<Change<'a>, FieldProblem> {
        let field = &self.field;
        let raw = match completeness {
            Completeness::Whole => incoming.get(&field.geniacs),
            Completeness::Partial => self.find_change(incoming),
        };
        let Some(raw) = raw else { return self.absent(completeness) };
        let incoming = field.convert(Some(raw))?;
        let here = local.get(&field.local);
        let pushed = field.map(here, Way::Push).unwrap_or(None);
        if same(pushed.as_ref(), incoming.as_ref()) {
            return Ok(Change::Nothing);
        }
        let pulled = field.finish(incoming, Way::Pull)?;
        let held = field.convert(here).unwrap_or(None);
        if same(pushed.as_ref(), pulled.as_ref()) || same(held.as_ref(), pulled.as_ref()) {
            return Ok(Change::Nothing);
        }
        Ok(pulled.map_or(Change::Clear, Change::Write))
    }

    fn absent<'a>(&self, completeness: Completeness) -> Result<Change<'a>, FieldProblem> {
        if completeness == Completeness::Whole && self.field.is_required {
            self.field.finish(None, Way::Pull)?;
        }
        Ok(Change::Nothing)
    }
}

/// Whether both are missing, or the incoming value says what the local one does.
fn same(local: Option<&Cell<'_>>, incoming: Option<&Cell<'_>>) -> bool {
    match (local, incoming) {
        (None, None) => true,
        (Some(local), Some(incoming)) => local.equals_incoming(incoming),
        _ => false,
    }
}
