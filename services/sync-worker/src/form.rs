//! A record in Geniacs' form, as links keep it.

use mapping::canonical_bytes;
use reconcile::Kept;
use serde_json::{Map, Value};

/// The canonical text of a record's Geniacs fields and its SHA-256: the same for equal content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) text: String,
    pub(crate) hash: [u8; 32],
}

impl Form {
    pub(crate) fn of(fields: &Map<String, Value>) -> Self {
        let mut bytes = Vec::with_capacity(512);
        canonical_bytes(fields, &mut bytes);
        // Keys and texts are written as they are, everything else in ASCII.
        Self::from_text(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A form whose canonical text is known.
    pub(crate) fn from_text(text: String) -> Self {
        Self { hash: secrets::content_hash(text.as_bytes()), text }
    }
}

/// What a link keeps of a record, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptForm {
    pub(crate) agreed: String,
    pub(crate) held: Option<String>,
    /// Of what the local side held of every field that is kept.
    pub(crate) hash: [u8; 32],
}

impl KeptForm {
    /// None where nothing is kept.
    pub(crate) fn of(kept: &Kept) -> Option<Self> {
        let (agreed, local) = (kept.agreed_text()?, kept.local_text()?);
        Some(Self { agreed, held: kept.held_text(), hash: secrets::content_hash(local.as_bytes()) })
    }
}
