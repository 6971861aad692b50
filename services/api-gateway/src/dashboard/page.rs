//! `index.html`, which is different in each answer.

use uuid::Uuid;

/// The mark that the build of the dashboard leaves where the nonce belongs.
const PLACE: &str = "__CSP_NONCE__";

/// The page around a fresh nonce.
#[derive(Debug)]
pub(crate) struct IndexPage {
    pieces: Vec<String>,
}

impl IndexPage {
    /// Takes the page as the build made it.
    pub(crate) fn new(index: &str) -> Self {
        Self { pieces: index.split(PLACE).map(str::to_owned).collect() }
    }

    /// The page with this nonce.
    pub(crate) fn with(&self, nonce: &str) -> String {
        self.pieces.join(nonce)
    }
}

/// A value that nobody can guess and that is used for one answer.
pub(crate) fn fresh_nonce() -> String {
    Uuid::new_v4().simple().to_string()
}
