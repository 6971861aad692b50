//! An answer before it is sent, so that faults can still spoil it.

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};

/// Status, headers and body.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<Bytes>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn json(status: u16, body: &impl Serialize) -> Self {
        Self::new(status, serde_json::to_vec(body).unwrap_or_default())
    }

    /// An error in the contract's form.
    pub(crate) fn error(status: u16, error_type: &str, message: &str) -> Self {
        Self::json(status, &json!({"error": {"type": error_type, "message": message}}))
    }

    /// An error that names records.
    pub(crate) fn refusal(status: u16, error_type: &str, details: &[Value]) -> Self {
        let message = format!("{} records are refused", details.len());
        Self::json(status, &json!({"error": {"type": error_type, "message": message, "details": details}}))
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: &impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}
