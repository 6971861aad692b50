//! Validation rules: what a value must satisfy.

mod contact;

use crate::cell::Cell;
use crate::problem::Failure;
use crate::rule::{ANY, Rule, TEXT, Table, characters, switched_on};
use crate::zone::Zone;
use crate::{Context, Problem};
use domain::FieldType;
use rust_decimal::Decimal;

/// One validation rule, ready to be applied.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Validation {
    Required,
    Email,
    Phone,
    MinLength(usize),
    MaxLength(usize),
    Min(Decimal),
}

/// The rules in the order in which the object form applies them.
pub(crate) const TABLE: Table<Validation> = Table {
    field: "validation_rules",
    rules: &[
        Rule { name: "required", fits: ANY, read: |argument, _| switched_on(argument).map(|()| Validation::Required) },
        Rule { name: "email", fits: TEXT, read: |argument, _| switched_on(argument).map(|()| Validation::Email) },
        Rule { name: "phone", fits: TEXT, read: |argument, _| switched_on(argument).map(|()| Validation::Phone) },
        Rule { name: "min_length", fits: TEXT, read: |argument, _| characters(argument, 0).map(Validation::MinLength) },
        Rule { name: "max_length", fits: TEXT, read: |argument, _| characters(argument, 1).map(Validation::MaxLength) },
        Rule {
            name: "min",
            fits: &[FieldType::Number],
            read: |argument, _| match Cell::read(argument, FieldType::Number, Zone::default()) {
                Ok(Some(Cell::Number(least))) if argument.is_number() => Ok(Validation::Min(least.value)),
                _ => Err("must be a number of at most 28 digits".to_owned()),
            },
        },
    ],
};

/// Reads a mapping's validation rules.
pub(crate) fn read(mapping: &crate::FieldMapping, context: &Context, problems: &mut Vec<Problem>) -> Vec<Validation> {
    let rules = TABLE.read(&mapping.validation_rules, mapping.field_type, context, problems);
    let least = rules.iter().filter_map(|rule| if let Validation::MinLength(n) = rule { Some(*n) } else { None }).max();
    let most = rules.iter().filter_map(|rule| if let Validation::MaxLength(n) = rule { Some(*n) } else { None }).min();
    if let (Some(least), Some(most)) = (least, most)
        && least > most
    {
        let message = format!("is more than max_length, which is {most}: no value would pass");
        problems.push(Problem::new("validation_rules.min_length", message));
    }
    rules
}

impl Validation {
    /// Checks a value. Empty text is missing: `required` refuses it and no other rule looks at it.
    pub(crate) fn check(&self, cell: &Cell<'_>) -> Result<(), Failure> {
        match (self, cell) {
            (Self::Required, Cell::Text(text)) if text.is_empty() => Err(Self::missing()),
            (Self::Required, _) => Ok(()),
            (Self::Min(least), Cell::Number(amount)) if amount.value < *least => {
                Err(Failure::new("min", format!("is less than {least}")))
            }
            (rule, Cell::Text(text)) if !text.is_empty() => rule.check_text(text),
            _ => Ok(()),
        }
    }

    fn check_text(&self, text: &str) -> Result<(), Failure> {
        match self {
            Self::Email => contact::email(text),
            Self::Phone => contact::phone(text),
            Self::MinLength(least) if text.chars().count() < *least => {
                Err(Failure::new("min_length", format!("has fewer than {least} characters")))
            }
            // Bytes are an upper bound of characters, and need no counting.
            Self::MaxLength(most) if text.len() > *most && text.chars().count() > *most => {
                Err(Failure::new("max_length", format!("has more than {most} characters")))
            }
            _ => Ok(()),
        }
    }

    /// What `required` says of a value that is not there.
    pub(crate) fn missing() -> Failure {
        Failure::new("required", "is missing")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn passes(rule: &Validation, value: &Value, kind: FieldType) -> bool {
        rule.check(&Cell::read(value, kind, Zone::default()).unwrap().unwrap()).is_ok()
    }

    #[test]
    fn zero_and_false_are_not_missing_and_empty_text_is() {
        assert!(passes(&Validation::Required, &json!("0"), FieldType::String));
        assert!(passes(&Validation::Required, &json!(0), FieldType::Number));
        assert!(passes(&Validation::Required, &json!(false), FieldType::Boolean));
        assert!(passes(&Validation::Required, &json!([]), FieldType::Json));
        assert!(!passes(&Validation::Required, &json!(""), FieldType::String));
    }

    #[test]
    fn no_other_rule_looks_at_missing_text() {
        for rule in [Validation::Email, Validation::Phone, Validation::MinLength(3)] {
            assert!(passes(&rule, &json!(""), FieldType::String), "{rule:?}");
        }
    }

    #[test]
    fn lengths_count_characters() {
        assert!(passes(&Validation::MaxLength(3), &json!("日本語"), FieldType::String));
        assert!(!passes(&Validation::MaxLength(2), &json!("日本語"), FieldType::String));
        assert!(!passes(&Validation::MinLength(4), &json!("日本語"), FieldType::String));
    }

    #[test]
    fn a_minimum_compares_decimals() {
        let least = Validation::Min(Decimal::new(15, 1));
        assert!(passes(&least, &json!("1.50"), FieldType::Number));
        assert!(!passes(&least, &json!("1.4999999999999999999"), FieldType::Number));
    }
}
