//! A change of one item, and how it is told.

use crate::manifest::ManifestKind;
use serde_json::{Map, Value, json};
use std::fmt;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Create,
    Update,
}

impl Action {
    /// As in "is done".
    pub(super) fn done(self) -> &'static str {
        match self {
            Self::Create => "made",
            Self::Update => "changed",
        }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ItemChange {
    pub(super) action: Action,
    pub(super) kind: &'static ManifestKind,
    /// The integration that it belongs to, or none for an integration itself.
    pub(super) integration: Option<String>,
    pub(super) title: String,
    pub(super) differences: Vec<Difference>,
}

/// A field that has another value at the gateway than in the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Difference {
    /// With the names that lead to it: `configuration.auto_sync`.
    path: String,
    from: Value,
    to: Value,
}

impl fmt::Display for ItemChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.action {
            Action::Create => '+',
            Action::Update => '~',
        };

        write!(f, "{mark} {} {}", self.kind.name, self.title)?;
        if let Some(integration) = &self.integration {
            write!(f, " of {integration}")?;
        }

        for (position, Difference { path, from, to }) in self.differences.iter().enumerate() {
            write!(f, "{} {path} {from} → {to}", if position == 0 { ':' } else { ',' })?;
        }

        Ok(())
    }
}

impl ItemChange {
    /// For a program.
    pub(super) fn data(&self) -> Value {
        let action = match self.action {
            Action::Create => "create",
            Action::Update => "update",
        };

        let differences: Vec<Value> =
            self.differences.iter().map(|d| json!({"field": d.path, "from": d.from, "to": d.to})).collect();

        json!({
            "action": action,
            "kind": self.kind.name,
            "integration": self.integration,
            "name": self.title,
            "differences": differences,
        })
    }
}

/// The fields of a file's item that differ from what is there; those that the file leaves out may be as they are.
pub(super) fn changed_fields(
    there: &Map<String, Value>,
    file: &Map<String, Value>,
) -> (Map<String, Value>, Vec<Difference>) {
    let (mut fields, mut differences) = (Map::new(), Vec::new());
    for (field, wanted) in file {
        let before = differences.len();
        compare_values(field, there.get(field).unwrap_or(&Value::Null), wanted, &mut differences);
        if differences.len() > before {
            fields.insert(field.clone(), wanted.clone());
        }
    }

    (fields, differences)
}

fn compare_values(path: &str, from: &Value, to: &Value, differences: &mut Vec<Difference>) {
    match (from, to) {
        (Value::Object(one), Value::Object(other)) => {
            for name in one.keys().chain(other.keys().filter(|name| !one.contains_key(*name))) {
                let value = |object: &Map<String, Value>| object.get(name).cloned().unwrap_or_default();
                compare_values(&format!("{path}.{name}"), &value(one), &value(other), differences);
            }
        }
        _ if same_value(from, to) => {}
        _ => differences.push(Difference { path: path.to_owned(), from: from.clone(), to: to.clone() }),
    }
}

/// `10.50` and `10.5` are the same; so are nothing and an empty object.
fn same_value(one: &Value, other: &Value) -> bool {
    let empty = |value: &Value| value.is_null() || value.as_object().is_some_and(Map::is_empty);
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            plain_digits(&one.to_string()) == plain_digits(&other.to_string())
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same_value(one, other))
        }
        _ => one == other || (empty(one) && empty(other)),
    }
}

fn plain_digits(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::SCHEDULE;

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn only_fields_that_the_file_changes_are_differences() {
        let there = object(&json!({"a": 1, "b": {"x": 1.50, "y": [1, 2]}, "c": null, "d": "left", "e": {"k": 1}}));
        let file = object(&json!({"a": 1, "b": {"x": 1.5, "y": [1, 3], "z": true}, "c": {}, "e": {}}));
        let (fields, differences) = changed_fields(&there, &file);

        assert_eq!(fields, object(&json!({"b": {"x": 1.5, "y": [1, 3], "z": true}, "e": {}})));

        let change = ItemChange {
            action: Action::Update,
            kind: &SCHEDULE,
            integration: Some("Main".to_owned()),
            title: "Nightly".to_owned(),
            differences,
        };

        assert_eq!(change.to_string(), "~ schedule Nightly of Main: b.y [1,2] → [1,3], b.z null → true, e.k 1 → null");
    }
}
