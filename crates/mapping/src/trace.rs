//! Shows the effect of each rule on one record, for people who try mappings.

use crate::cell::{Cell, Way};
use crate::field::{Field, Pulled};
use crate::order::RulesInOrder;
use crate::plan::PlannedField;
use crate::problem::FieldProblem;
use crate::transform::Undone;
use crate::validation::Validation;
use crate::{FieldMapping, Plan, References};
use serde_json::{Map, Value};

/// What a push or a pull makes of one field.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// The value for the other side, null where there is none; or why the field fails.
    pub result: Result<Value, FieldProblem>,
    /// Whether a pull leaves the column as it is, whatever Geniacs says.
    pub is_untouched: bool,
    /// What changes the value, in the order in which it applies.
    pub transformations: Vec<Step>,
    /// What the changed value must satisfy: each is looked at, whatever the others say.
    pub validations: Vec<Step>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its name.
    pub rule: String,
    /// The value after it, null where there is none; or why this rule, or one before it, refuses the value.
    pub outcome: Result<Value, FieldProblem>,
}

impl Plan {
    /// Applies the mappings that this plan was compiled from to a local record, rule by rule. Nothing is compiled again, and
    /// each rule is applied once.
    pub fn trace(&self, mappings: &[FieldMapping], local: &Map<String, Value>, references: &References) -> Vec<Trace> {
        let trace = |(planned, mapping): (&PlannedField, &FieldMapping)| {
            planned.field.trace(RulesInOrder::of(mapping), local, references)
        };
        self.fields.iter().zip(mappings).map(trace).collect()
    }

    /// The same on the way here: what a pull makes of a whole record of Geniacs.
    pub fn trace_pull(
        &self,
        mappings: &[FieldMapping],
        geniacs: &Map<String, Value>,
        references: &References,
    ) -> Vec<Trace> {
        let trace = |(planned, mapping): (&PlannedField, &FieldMapping)| {
            planned.field.trace_pull(RulesInOrder::of(mapping), geniacs, references)
        };
        self.fields.iter().zip(mappings).map(trace).collect()
    }
}

impl Field {
    fn trace(&self, names: RulesInOrder, local: &Map<String, Value>, references: &References) -> Trace {
        let mut state = self.source(local);

        let mut transformations = Vec::with_capacity(self.transforms.len());
        for (rule, name) in self.transforms.iter().zip(names.transformations) {
            if let Ok(Some(mut cell)) = state {
                state = match rule.push(&mut cell, references) {
                    Ok(()) => Ok(Some(cell)),
                    Err(failure) => Err(self.problem(failure, cell.into_value(Way::Push))),
                };
            }
            transformations.push(Step { rule: name, outcome: self.shown(&state, Way::Push) });
        }
        let validations = self.checked(&state, names.validations, Way::Push);

        let pushed = self.push(local, references);
        let result = pushed.map(|cell| cell.map(|cell| cell.into_value(Way::Push)).unwrap_or_default());
        Trace { result, is_untouched: false, transformations, validations }
    }

    fn trace_pull(&self, names: RulesInOrder, geniacs: &Map<String, Value>, references: &References) -> Trace {
        let raw = geniacs.get(&self.geniacs);
        let mut state = raw.map_or(Ok(None), |raw| self.incoming(raw));
        // A pull goes through the rules backwards: those that are the same both ways, the checks, those that it undoes.
        let rules = self.transforms.iter().zip(names.transformations).enumerate().rev();
        let (repeated, undone): (Vec<_>, Vec<_>) = rules.partition(|(at, _)| *at >= self.undone_before);

        let mut transformations = Vec::with_capacity(self.transforms.len());
        for (_, (rule, name)) in repeated {
            if let Ok(Some(mut cell)) = state {
                state = match rule.repeat(&mut cell) {
                    Ok(()) => Ok(Some(cell)),
                    Err(failure) => Err(self.problem(failure, cell.into_value(Way::Pull))),
                };
            }
            transformations.push(Step { rule: name, outcome: self.shown(&state, Way::Pull) });
        }
        let validations = self.checked(&state, names.validations, Way::Pull);
        let pulled = self.pull(raw, references);
        let is_untouched = matches!(pulled, Ok(Pulled::Untouched));
        for (_, (rule, name)) in undone {
            if let Ok(Some(mut cell)) = state {
                state = match rule.undo(&mut cell, references) {
                    Ok(()) => Ok(Some(cell)),
                    // The value does not say which local one is meant, so the column stays as it is.
                    Err(Undone::Untold) => Ok(None),
                    Err(Undone::Failed(failure)) => Err(self.problem(failure, cell.into_value(Way::Pull))),
                };
            }
            let outcome = if is_untouched { Ok(Value::Null) } else { self.shown(&state, Way::Pull) };
            transformations.push(Step { rule: name, outcome });
        }

        let result = pulled.map(|pulled| match pulled {
            Pulled::Value(cell) => cell.into_value(Way::Pull),
            Pulled::Missing | Pulled::Untouched => Value::Null,
        });
        Trace { result, is_untouched, transformations, validations }
    }

    /// What each validation says of the value so far.
    fn checked(&self, state: &Result<Option<Cell<'_>>, FieldProblem>, names: Vec<String>, way: Way) -> Vec<Step> {
        let step = |(rule, name): (&Validation, String)| {
            let outcome = match state {
                Ok(Some(cell)) => match rule.check(cell) {
                    Ok(()) => self.shown(state, way),
                    Err(failure) => Err(self.problem(failure, cell.reborrow().into_value(way))),
                },
                Ok(None) if *rule == Validation::Required => Err(self.problem(Validation::missing(), Value::Null)),
                _ => self.shown(state, way),
            };
            Step { rule: name, outcome }
        };
        self.validations.iter().zip(names).map(step).collect()
    }

    /// The value so far.
    fn shown(&self, state: &Result<Option<Cell<'_>>, FieldProblem>, way: Way) -> Result<Value, FieldProblem> {
        match state {
            Ok(Some(cell)) => Ok(cell.reborrow().into_value(way)),
            Ok(None) => self.may_be_missing().map(|()| Value::Null),
            Err(problem) => Err(problem.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Context, MAX_RULES, check};
    use domain::{EntityType, FieldType};
    use serde_json::json;

    fn trace(mapping: &FieldMapping, local: &Value) -> Trace {
        let mappings = std::slice::from_ref(mapping);
        let plan = Plan::compile(EntityType::Customers, mappings, &Context::default()).unwrap();
        plan.trace(mappings, local.as_object().unwrap(), &References::default()).pop().unwrap()
    }

    fn values(steps: &[Step]) -> Vec<(&str, Option<&Value>)> {
        steps.iter().map(|step| (step.rule.as_str(), step.outcome.as_ref().ok())).collect()
    }

    fn name(transformations: Value, validations: Value) -> FieldMapping {
        FieldMapping {
            transformation_rules: transformations,
            validation_rules: validations,
            ..FieldMapping::new("name", "customer_name", FieldType::String)
        }
    }

    #[test]
    fn each_rule_shows_its_value_and_each_validation_its_verdict() {
        let mapping =
            name(json!({"max_length": 5, "trim": true, "uppercase": true}), json!({"email": true, "max_length": 3}));

        let shown = trace(&mapping, &json!({"name": "  budi santoso "}));

        let expected = [("trim", "budi santoso"), ("uppercase", "BUDI SANTOSO"), ("max_length", "BUDI")];
        let expected = expected.map(|(rule, value)| (rule, json!(value)));
        let seen: Vec<_> = expected.iter().map(|(rule, value)| (*rule, Some(value))).collect();

        assert_eq!(values(&shown.transformations), seen);
        assert!(shown.validations.iter().all(|step| step.outcome.is_err()), "{shown:?}");
        assert_eq!(shown.result.unwrap_err().rule, "email");
    }

    #[test]
    fn after_a_rule_that_refuses_no_other_one_is_applied() {
        let mapping = name(json!([{"format": "international"}, "trim"]), Value::Null);
        let shown = trace(&mapping, &json!({"name": "no number"}));
        assert_eq!(values(&shown.transformations), [("format", None), ("trim", None)]);
        assert_eq!(shown.transformations[0].outcome, shown.transformations[1].outcome);
    }

    #[test]
    fn a_missing_value_is_shown_as_the_default_or_as_missing() {
        let mut mapping = name(json!({"uppercase": true}), json!({"required": true}));
        let shown = trace(&mapping, &json!({}));
        assert_eq!(shown.transformations[0].outcome, Ok(Value::Null));
        assert_eq!(shown.validations[0].outcome.as_ref().unwrap_err().rule, "required");
        mapping.default_value = Some("nobody".to_owned());
        let shown = trace(&mapping, &json!({}));
        assert_eq!(shown.transformations[0].outcome, Ok(json!("NOBODY")));
        assert_eq!(shown.result, Ok(json!("NOBODY")));
    }

    #[test]
    fn a_pull_shows_its_rules_in_its_own_order_and_checks_before_it_undoes() {
        let mapping = FieldMapping {
            transformation_rules: json!([{"prefix": "ISP-"}, "uppercase"]),
            validation_rules: json!({"max_length": 8}),
            ..FieldMapping::new("name", "customer_name", FieldType::String)
        };

        let plan = Plan::compile(EntityType::Customers, std::slice::from_ref(&mapping), &Context::default()).unwrap();

        let pulled = |geniacs: Value| {
            let geniacs = geniacs.as_object().unwrap().clone();
            plan.trace_pull(std::slice::from_ref(&mapping), &geniacs, &References::default()).pop().unwrap()
        };

        let shown = pulled(json!({"customer_name": "isp-budi"}));
        let expected = [("uppercase", json!("ISP-BUDI")), ("prefix", json!("BUDI"))];
        let seen: Vec<_> = expected.iter().map(|(rule, value)| (*rule, Some(value))).collect();
        assert_eq!(values(&shown.transformations), seen);
        assert_eq!(shown.validations[0].outcome, Ok(json!("ISP-BUDI")));
        assert_eq!((shown.result, shown.is_untouched), (Ok(json!("BUDI")), false));

        assert_eq!(pulled(json!({"customer_name": "isp-budiman"})).result.unwrap_err().rule, "max_length");
        assert_eq!(pulled(json!({})).result, Ok(Value::Null));
    }

    #[test]
    fn a_column_stays_as_it_is_if_a_pull_cannot_tell_its_value() {
        let map = json!({"value_map": {"map": {"active": "A"}, "default": "O"}});
        let mapping = name(map, Value::Null);
        let plan = Plan::compile(EntityType::Customers, std::slice::from_ref(&mapping), &Context::default()).unwrap();
        let geniacs = json!({"customer_name": "O"});
        let traces = plan.trace_pull(&[mapping], geniacs.as_object().unwrap(), &References::default());
        assert_eq!((&traces[0].result, traces[0].is_untouched), (&Ok(Value::Null), true));
    }

    #[test]
    fn more_rules_than_a_mapping_may_have_are_refused_without_being_read() {
        let rules = |number: usize| Value::Array(vec![json!("trim"); number]);
        assert_eq!(check(EntityType::Customers, &name(rules(MAX_RULES), Value::Null)), []);
        let problems = check(EntityType::Customers, &name(rules(MAX_RULES + 1), rules(100_000)));
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["transformation_rules", "validation_rules"]);
    }
}
