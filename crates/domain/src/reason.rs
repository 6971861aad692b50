//! Why something is refused, in words for a person and as what can be translated.

use crate::UnknownName;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt::{self, Display, Formatter};

/// What is wrong with a value and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// A stable name, in snake case. `invalid` where only the message says more.
    pub code: &'static str,
    /// What the message says in numbers and names, for one in another language.
    pub params: Map<String, Value>,
    /// For a person.
    pub message: String,
}

impl Reason {
    /// A reason with a name of its own.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, params: Map::new(), message: message.into() }
    }

    /// With one more parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }

    /// Something that must be there is not.
    pub fn required() -> Self {
        Self::new("required", "is required")
    }

    /// With the bounds that hold.
    #[must_use]
    pub fn between(self, minimum: impl Into<Value>, maximum: impl Into<Value>) -> Self {
        self.with("minimum", minimum).with("maximum", maximum)
    }
}

impl Display for Reason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// A reason that has no more than a message.
const INVALID: &str = "invalid";

impl From<String> for Reason {
    fn from(message: String) -> Self {
        Self::new(INVALID, message)
    }
}

impl From<&str> for Reason {
    fn from(message: &str) -> Self {
        Self::new(INVALID, message)
    }
}

impl From<Cow<'_, str>> for Reason {
    fn from(message: Cow<'_, str>) -> Self {
        Self::new(INVALID, message)
    }
}

impl From<UnknownName> for Reason {
    fn from(unknown: UnknownName) -> Self {
        let choices: Vec<&str> = unknown.expected.split(", ").collect();
        Self::new("unknown_name", unknown.to_string()).with("choices", choices)
    }
}
