//! The changes that an incoming record asks for in one that is already here.

use crate::canonical::same_json;
use crate::cell::{Cell, Way};
use crate::field::{Field, Pulled};
use crate::plan::Plan;
use crate::problem::FieldProblem;
use crate::reference::{REFERENCE, References};
use serde_json::{Map, Value};

/// How much of the partner's record there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// All of it, under Geniacs names, as in a listing: a required field that is absent is an error.
    Whole,
    /// Some of it, as in a webhook's changes: what is absent says nothing, and a key may be a local name.
    Partial,
}

/// A field in which a local record does not say what a record of Geniacs says.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The local column.
    pub local_field: String,
    /// The Geniacs field.
    pub geniacs_field: String,
    /// What the local record would be pushed as; null where it has no value.
    pub here: Value,
    /// What Geniacs says, as the local record would be pushed once it says the same; null where it has no value.
    pub there: Value,
    /// What the column has to hold so that it does.
    pub column: Value,
}

/// How a record of Geniacs and a local one compare.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Patch {
    /// The fields that differ, and whose columns can say what Geniacs says.
    pub differences: Vec<Difference>,
    /// Whether another field differs, too, whose column cannot: what Geniacs says cannot be said here, or the column holds
    /// it already, and would be pushed as something else.
    pub unsayable: bool,
    /// Optional fields that failed and were left out.
    pub warnings: Vec<FieldProblem>,
    /// Required fields that failed, and references to records that are not linked.
    pub errors: Vec<FieldProblem>,
}

impl Patch {
    /// The columns that have to change, and their new values.
    pub fn columns(&self) -> Map<String, Value> {
        self.differences.iter().map(|d| (d.local_field.clone(), d.column.clone())).collect()
    }

    /// Whether the local record stays as it is, and nothing is wrong with the other one.
    pub fn changes_nothing(&self) -> bool {
        self.differences.is_empty() && self.warnings.is_empty() && self.errors.is_empty()
    }

    fn take(&mut self, field: &Field, compared: Result<Compared, FieldProblem>) {
        match compared {
            Ok(Compared::Same) => {}
            Ok(Compared::Unsayable) => self.unsayable = true,
            Ok(Compared::Differs(difference)) => self.differences.push(difference),
            Err(problem) if field.is_required || problem.rule == REFERENCE => self.errors.push(problem),
            Err(problem) => self.warnings.push(problem),
        }
    }
}

enum Compared {
    Same,
    Unsayable,
    Differs(Difference),
}

impl Plan {
    /// How `local` has to change so that it says what `incoming` says. Compared is in Geniacs' space: a value that the
    /// local one would be pushed as is unchanged, and so is one that, once pulled, equals what the column holds. An
    /// explicit null, or a blank value, becomes the default or clears the column. Absent fields are left alone. Each
    /// field is mapped at most once in each direction. `references` holds what both records name.
    pub fn patch(
        &self,
        local: &Map<String, Value>,
        incoming: &Map<String, Value>,
        completeness: Completeness,
        references: &References,
    ) -> Patch {
        let mut patch = Patch::default();
        for planned in &self.fields {
            // A webhook's changes may name a field as it is called at Geniacs or as it is called here.
            let field = &planned.field;
            let raw = match completeness {
                Completeness::Whole => incoming.get(&field.geniacs),
                Completeness::Partial => planned.find_change(incoming),
            };

            let compared = match raw {
                Some(raw) => field.compare(local, raw, references),
                None => field.absent(completeness).map(|()| Compared::Same),
            };

            patch.take(field, compared);
        }
        patch
    }

    /// Whether two values of a Geniacs field say the same: one as a record is pushed, or as Geniacs sent it before, and
    /// one as Geniacs sent it.
    pub fn says_same(&self, geniacs_field: &str, pushed: &Value, raw: &Value) -> bool {
        if same_json(pushed, raw) {
            return true;
        }
        let planned = self.fields.iter().find(|planned| planned.field.geniacs == geniacs_field);
        planned.is_some_and(|planned| planned.field.says_same(pushed, raw))
    }
}

impl Field {
    fn compare(
        &self,
        local: &Map<String, Value>,
        raw: &Value,
        references: &References,
    ) -> Result<Compared, FieldProblem> {
        // Empty text and no value are the same to an optional field.
        let pushed = self.push(local, references).unwrap_or(None).filter(|cell| self.is_required || !cell.is_blank());
        // A text that was joined from several columns cannot be split again. It can only be equal or not.
        if self.concat().is_some() {
            let said = self.incoming(raw).is_ok_and(|incoming| same_cell(pushed.as_ref(), incoming.as_ref()));
            return Ok(if said { Compared::Same } else { Compared::Unsayable });
        }

        let incoming = self.incoming(raw)?;
        if same_cell(pushed.as_ref(), incoming.as_ref()) {
            return Ok(Compared::Same);
        }

        let (pulled, there) = match incoming {
            // The partner may say the same in another spelling, which the rules would have sent too.
            Some(cell) => {
                let normal = self.normal(cell)?;
                if same_cell(pushed.as_ref(), Some(&normal)) {
                    return Ok(Compared::Same);
                }
                let there = normal.reborrow().into_value(Way::Push);
                (self.undo(normal, references)?, there)
            }
            None if same_cell(pushed.as_ref(), self.substitute().as_ref()) => return Ok(Compared::Same),
            None => (self.pull_missing()?, Value::Null),
        };

        let held = self.held(local).unwrap_or(None);
        let column = match pulled {
            Pulled::Missing if held.is_some() => Value::Null,
            Pulled::Value(cell) if !same_cell(held.as_ref(), Some(&cell)) => cell.into_value(Way::Pull),
            Pulled::Missing | Pulled::Untouched | Pulled::Value(_) => return Ok(Compared::Unsayable),
        };

        Ok(Compared::Differs(Difference {
            local_field: self.local.clone(),
            geniacs_field: self.geniacs.clone(),
            here: pushed.map_or(Value::Null, |cell| cell.into_value(Way::Push)),
            there,
            column,
        }))
    }

    fn absent(&self, completeness: Completeness) -> Result<(), FieldProblem> {
        if completeness == Completeness::Whole && self.is_required && self.concat().is_none() {
            self.pull_missing()?;
        }
        Ok(())
    }

    fn says_same(&self, pushed: &Value, raw: &Value) -> bool {
        let (Ok(pushed), Ok(incoming)) = (self.incoming(pushed), self.incoming(raw)) else { return false };
        if same_cell(pushed.as_ref(), incoming.as_ref()) {
            return true;
        }
        match incoming {
            Some(cell) => self.normal(cell).is_ok_and(|normal| same_cell(pushed.as_ref(), Some(&normal))),
            None => same_cell(pushed.as_ref(), self.substitute().as_ref()),
        }
    }
}

/// Whether both are missing, or the incoming value says what the local one does.
fn same_cell(local: Option<&Cell<'_>>, incoming: Option<&Cell<'_>>) -> bool {
    match (local, incoming) {
        (None, None) => true,
        (Some(local), Some(incoming)) => local.equals_incoming(incoming),
        _ => false,
    }
}
