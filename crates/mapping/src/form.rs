//! How one side writes a field's values.

use crate::cell::Cell;
use crate::problem::Failure;
use crate::reference;
use crate::zone::Zone;
use domain::FieldType;
use serde_json::Value;

/// The form of a field's value on one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueForm {
    /// A value of the mapping's type.
    Typed(FieldType, Zone),
    /// A value of any simple type, as text.
    Word,
    /// The id of a local record.
    LocalId,
    /// The id of a record at Geniacs.
    GeniacsId,
}

impl ValueForm {
    /// Converts a value; null and what is blank are missing.
    pub(crate) fn read(self, value: &Value) -> Result<Option<Cell<'_>>, Failure> {
        let blank = || value.as_str().is_some_and(|text| text.trim().is_empty());
        match self {
            Self::Typed(kind, zone) => Cell::read(value, kind, zone),
            // Partners send empty texts for missing ids and words.
            _ if value.is_null() || blank() => Ok(None),
            Self::Word => Cell::read(value, FieldType::String, Zone::default()),
            Self::LocalId => match reference::local_id(value) {
                Some(id) => Ok(Some(Cell::Id(id))),
                None => Err(Failure::conversion("is not the id of a local record, a whole number")),
            },
            Self::GeniacsId => match reference::geniacs_id(value) {
                Some(id) => Ok(Some(Cell::Text(id))),
                None => Err(Failure::conversion("is not a Geniacs id, a text of 1 to 255 characters")),
            },
        }
    }
}
