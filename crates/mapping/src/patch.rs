//! What an incoming record changes in one that is already here.

use crate::cell::Cell;
use crate::field::{Field, Pulled};
use crate::plan::{Mapped, Plan};
use crate::problem::FieldProblem;
use crate::reference::References;
use serde_json::{Map, Value};

/// How much of the partner's record there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// All of it, under Geniacs names, as in a listing: a required field that is absent is an error.
    Whole,
    /// Some of it, as in a webhook's changes: what is absent says nothing, and a key may be a local name.
    Partial,
}

impl Plan {
    /// The local columns of `local` that have to change so that it says what `incoming` says. Compared is in Geniacs'
    /// space: a value that the local one would be pushed as is unchanged, and so is one that, once pulled, equals what
    /// the column holds. An explicit null, or a blank value, becomes the default or clears the column. Absent fields
    /// are left alone. Each field is mapped at most once in each direction. `references` holds what both records name.
    pub fn patch(
        &self,
        local: &Map<String, Value>,
        incoming: &Map<String, Value>,
        completeness: Completeness,
        references: &References,
    ) -> Mapped {
        let mut patch = Mapped::default();
        for planned in &self.fields {
            let field = &planned.field;
            let raw = match completeness {
                Completeness::Whole => incoming.get(&field.geniacs),
                Completeness::Partial => planned.find_change(incoming),
            };
            let change = match raw {
                Some(raw) => field.change(local, raw, references),
                None => field.absent(completeness),
            };
            patch.take(field, change);
        }
        patch
    }
}

impl Field {
    fn change<'a>(
        &'a self,
        local: &'a Map<String, Value>,
        raw: &'a Value,
        references: &'a References,
    ) -> Result<Pulled<'a>, FieldProblem> {
        if self.concat().is_some() {
            return Ok(Pulled::Untouched);
        }
        let incoming = self.incoming(raw)?;
        let pushed = self.push(local, references).unwrap_or(None);
        if same(pushed.as_ref(), incoming.as_ref()) {
            return Ok(Pulled::Untouched);
        }
        let pulled = match incoming {
            Some(cell) => {
                let normal = self.normal(cell)?;
                if same(pushed.as_ref(), Some(&normal)) {
                    return Ok(Pulled::Untouched);
                }
                self.undo(normal, references)?
            }
            None if same(pushed.as_ref(), self.substitute().as_ref()) => return Ok(Pulled::Untouched),
            None => self.pull_missing()?,
        };
        let held = self.held(local).unwrap_or(None);
        let unchanged = match &pulled {
            Pulled::Missing => held.is_none(),
            Pulled::Untouched => true,
            Pulled::Value(cell) => same(held.as_ref(), Some(cell)),
        };
        Ok(if unchanged { Pulled::Untouched } else { pulled })
    }

    fn absent<'a>(&self, completeness: Completeness) -> Result<Pulled<'a>, FieldProblem> {
        if completeness == Completeness::Whole && self.is_required && self.concat().is_none() {
            self.pull_missing()?;
        }
        Ok(Pulled::Untouched)
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
