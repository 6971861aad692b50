//! What a request decides about a conflict, checked against it.

use crate::error::ApiError;
use crate::input::{Fields, rule};
use domain::Reason;
use domain::conflict::Resolution;
use mapping::{Plan, References};
use reconcile::{Choice, DELETED, FieldConflict};
use serde_json::{Map, Value, json};

const CHOICES: &str = "must be \"local\", \"geniacs\" or {\"value\": …}";

/// A decision as it was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Decision {
    pub(crate) resolution: Resolution,
    /// In a merge, what is chosen for each field.
    pub(super) fields: Map<String, Value>,
}

impl Decision {
    /// Takes a decision from a body, as far as that can be done without the conflict.
    pub(super) fn take(body: &mut Fields) -> Option<Self> {
        let resolution = body.required("resolution", rule::name::<Resolution>);
        let given = body.has("fields");
        let object =
            |value: &Value| value.as_object().cloned().ok_or_else(|| Reason::new("not_an_object", "must be an object"));
        let fields = body.optional("fields", object);

        if given && resolution.is_some_and(|resolution| resolution != Resolution::Merge) {
            body.problem("fields", Reason::new("only_with_merge", "goes with the resolution `merge` alone"));
        }
        if !given && resolution == Some(Resolution::Merge) {
            body.problem("fields", Reason::new("required", "is required: it says for each field whose value holds"));
        }

        resolution.map(|resolution| Self { resolution, fields: fields.unwrap_or_default() })
    }

    /// Notes in a body what is wrong with the choices, as far as that can be told without the conflicts.
    pub(super) fn check_form(&self, body: &mut Fields) {
        if self.resolution == Resolution::Merge && self.fields.is_empty() {
            body.demand("fields", false, Reason::required());
        }

        for (name, choice) in &self.fields {
            if Choice::read(choice).is_none() {
                body.problem(&format!("fields.{name}"), Reason::new("not_a_choice", CHOICES));
            }
        }
    }

    /// As an operation keeps it.
    pub(crate) fn arguments(&self) -> Value {
        match self.resolution {
            Resolution::Merge => json!({"resolution": self.resolution, "fields": self.fields}),
            Resolution::Local | Resolution::Geniacs => json!({"resolution": self.resolution}),
        }
    }

    /// As an operation kept it.
    pub(crate) fn of_arguments(arguments: &Value) -> Option<Self> {
        let resolution = arguments.get("resolution")?.as_str()?.parse().ok()?;
        let fields = arguments.get("fields").and_then(Value::as_object).cloned().unwrap_or_default();
        Some(Self { resolution, fields })
    }

    /// In a merge, what was chosen for each field.
    pub(crate) fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// What was chosen for each field, without values: they may be personal.
    pub(crate) fn names(&self) -> Map<String, Value> {
        let name = |choice: &Value| if choice.is_object() { json!("value") } else { choice.clone() };
        self.fields.iter().map(|(field, choice)| (field.clone(), name(choice))).collect()
    }

    /// The values that were chosen, under their Geniacs names.
    pub(super) fn values(&self, conflict: &[FieldConflict]) -> Map<String, Value> {
        let value = |field: &FieldConflict| match Choice::read(self.fields.get(&field.field)?)? {
            Choice::Value(value) => Some((field.geniacs_field.clone(), value.clone())),
            Choice::Local | Choice::Geniacs => None,
        };
        conflict.iter().filter_map(value).collect()
    }

    /// Checks the choices against the fields of the conflict: every one of them is named, and nothing else.
    pub(super) fn check(
        &self,
        conflict: &[FieldConflict],
        plan: &Plan,
        references: &References,
    ) -> Result<(), ApiError> {
        let mut problems = Fields::new(Map::new());
        let mut wrong = |field: &str, reason: Reason| problems.problem(&format!("fields.{field}"), reason);

        if self.resolution == Resolution::Merge {
            for field in conflict.iter().filter(|field| !self.fields.contains_key(&field.field)) {
                wrong(&field.field, Reason::new("required", format!("is required: {CHOICES}")));
            }
        }

        for (name, choice) in &self.fields {
            match conflict.iter().find(|field| field.field == *name) {
                None => wrong(name, Reason::new("unknown_field", "is not a field of this conflict")),
                Some(field) => {
                    if let Err(reason) = check_choice(field, choice, plan, references) {
                        wrong(name, reason);
                    }
                }
            }
        }

        problems.finish(Some(()))
    }
}

fn check_choice(field: &FieldConflict, choice: &Value, plan: &Plan, references: &References) -> Result<(), Reason> {
    match Choice::read(choice).ok_or_else(|| Reason::new("not_a_choice", CHOICES))? {
        Choice::Local | Choice::Geniacs => Ok(()),
        Choice::Value(_) if field.field == DELETED => {
            // Whether a record is deleted has no value of its own: one of the two sides holds.
            Err(Reason::new("not_a_choice", "must be \"local\" or \"geniacs\""))
        }
        Choice::Value(value) => {
            let said = Map::from_iter([(field.geniacs_field.clone(), value.clone())]);
            let pulled = plan.pull_partial(&said, references);
            match pulled.errors.iter().chain(&pulled.warnings).next() {
                Some(problem) => Err(Reason::new("not_a_value", problem.message.clone())),
                None if !pulled.fields.contains_key(&field.field) => {
                    let message = "cannot be set from Geniacs' side; choose \"local\" or \"geniacs\"";
                    Err(Reason::new("not_settable", message))
                }
                None => Ok(()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{EntityType, FieldType};
    use mapping::{Context, FieldMapping};
    use serde_json::json;

    fn problems(resolution: Resolution, fields: &Value) -> Vec<String> {
        let email = FieldMapping {
            validation_rules: json!({"email": true}),
            ..FieldMapping::new("email", "mail", FieldType::String)
        };
        let mappings = [email, FieldMapping::new("name", "title", FieldType::String)];
        let plan = Plan::compile(EntityType::Customers, &mappings, &Context::default()).unwrap();
        let field = |field: &str, geniacs_field: &str| FieldConflict {
            field: field.to_owned(),
            geniacs_field: geniacs_field.to_owned(),
            base: Value::Null,
            local: Value::Null,
            geniacs: Value::Null,
            winner: None,
        };
        let conflict = [field("email", "mail"), field("name", "title")];

        let asked = Decision { resolution, fields: fields.as_object().cloned().unwrap() };
        match asked.check(&conflict, &plan, &References::default()) {
            Ok(()) => Vec::new(),
            Err(ApiError::Invalid(problems)) => problems.into_iter().map(|problem| problem.field).collect(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn every_wrong_field_is_named() {
        let good = json!({"email": {"value": "a@b.id"}, "name": "local"});
        assert_eq!(problems(Resolution::Merge, &good), [""; 0]);
        assert_eq!(problems(Resolution::Local, &json!({})), [""; 0]);
        assert_eq!(problems(Resolution::Merge, &json!({"email": "newest"})), ["fields.name", "fields.email"]);
        let wrong = json!({"email": {"value": "no address"}, "name": {"value": 1, "more": 2}, "city": "local"});
        assert_eq!(problems(Resolution::Merge, &wrong), ["fields.city", "fields.email", "fields.name"]);
    }
}
