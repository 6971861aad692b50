//! Validation rules: what a value must satisfy.

mod contact;
mod network;
mod table;

pub(crate) use table::TABLE;

use crate::Problem;
use crate::cell::Cell;
use crate::problem::Failure;
use crate::rule::Facts;
use network::Version;
use rust_decimal::Decimal;
use std::borrow::Cow;
use std::fmt::Display;

/// One validation rule, ready to be applied.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Validation {
    Required,
    Email,
    Phone,
    Url,
    Ip(Version),
    Mac,
    MinLength(usize),
    MaxLength(usize),
    Min(Decimal),
    Max(Decimal),
    In(Vec<String>),
    InNumbers(Vec<Decimal>),
}

/// Reads a mapping's validation rules.
pub(crate) fn read_validations(
    mapping: &crate::FieldMapping,
    facts: &Facts,
    problems: &mut Vec<Problem>,
) -> Vec<Validation> {
    let rules = TABLE.read(&mapping.validation_rules, facts, problems);

    let lengths = |rule: &Validation| match rule {
        Validation::MinLength(n) => (Some(*n), None),
        Validation::MaxLength(n) => (None, Some(*n)),
        _ => (None, None),
    };

    let bounds = |rule: &Validation| match rule {
        Validation::Min(n) => (Some(*n), None),
        Validation::Max(n) => (None, Some(*n)),
        _ => (None, None),
    };

    problems.extend(find_crossed("length", "min_length", "max_length", rules.iter().map(lengths)));
    problems.extend(find_crossed("number", "min", "max", rules.iter().map(bounds)));

    rules
}

/// A lower bound that lies above the upper one.
fn find_crossed<T: Copy + Ord + Display>(
    of: &str,
    lower: &str,
    upper: &str,
    bounds: impl Iterator<Item = (Option<T>, Option<T>)> + Clone,
) -> Option<Problem> {
    let least = bounds.clone().filter_map(|(least, _)| least).max()?;
    let most = bounds.filter_map(|(_, most)| most).min()?;
    let message = format!("is more than {upper}, which is {most}: no {of} would pass");
    let reason = domain::Reason::new("rules_contradict", message);
    (least > most).then(|| Problem::new(format!("validation_rules.{lower}"), reason))
}

impl Validation {
    /// Checks a value in Geniacs' form. Empty text is missing: `required` refuses it and no other rule looks at it.
    pub(crate) fn check(&self, cell: &Cell<'_>) -> Result<(), Failure> {
        match (self, cell) {
            (Self::Required, Cell::Text(text)) if text.is_empty() => Err(Self::missing()),
            (Self::Required, _) => Ok(()),
            (rule, Cell::Number(amount)) => rule.check_number(amount.value),
            (rule, Cell::Text(text)) if !text.is_empty() => rule.check_text(text),
            _ => Ok(()),
        }
    }

    fn check_number(&self, value: Decimal) -> Result<(), Failure> {
        match self {
            Self::Min(least) if value < *least => {
                Err(Failure::new("min", format!("is less than {least}")).with("minimum", shown_number(*least)))
            }
            Self::Max(most) if value > *most => {
                Err(Failure::new("max", format!("is more than {most}")).with("maximum", shown_number(*most)))
            }
            Self::InNumbers(allowed) if !allowed.contains(&value) => Err(none_of(allowed)),
            _ => Ok(()),
        }
    }

    fn check_text(&self, text: &str) -> Result<(), Failure> {
        match self {
            Self::Email => contact::check_email(text),
            Self::Phone => contact::check_phone(text),
            Self::Url => network::check_url(text),
            Self::Ip(version) => network::check_ip(text, *version),
            Self::Mac => network::check_mac(text),
            Self::MinLength(least) if text.chars().count() < *least => {
                Err(Failure::new("min_length", format!("has fewer than {least} characters")).with("minimum", *least))
            }
            // Bytes are an upper bound of characters, and need no counting.
            Self::MaxLength(most) if text.len() > *most && text.chars().count() > *most => {
                Err(Failure::new("max_length", format!("has more than {most} characters")).with("maximum", *most))
            }
            Self::In(allowed) if !allowed.iter().any(|one| one == text) => Err(none_of(allowed)),
            _ => Ok(()),
        }
    }

    /// The failure of `required`.
    pub(crate) fn missing() -> Failure {
        Failure::new("required", "is missing")
    }
}

/// A number as it is told: with its digits.
fn shown_number(number: Decimal) -> String {
    number.to_string()
}

/// The failure of a list that does not hold the value.
fn none_of(allowed: &[impl ToString]) -> Failure {
    let choices: Vec<String> = allowed.iter().take(SHOWN).map(ToString::to_string).collect();
    Failure::new("in", format!("is none of {}", list_some(allowed))).with("choices", choices)
}

/// Values of a list that a message names.
const SHOWN: usize = 10;

/// The first few of the values that would have been right.
fn list_some(allowed: &[impl ToString]) -> String {
    let mut words: Vec<Cow<'_, str>> = allowed.iter().take(SHOWN).map(|one| one.to_string().into()).collect();
    if allowed.len() > words.len() {
        words.push("…".into());
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zone::Zone;
    use domain::FieldType;
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

    #[test]
    fn numbers_of_a_list_and_bounds_compare_decimals() {
        let most = Validation::Max(Decimal::new(15, 1));
        assert!(passes(&most, &json!("1.500"), FieldType::Number));
        assert!(!passes(&most, &json!("1.5000000000000000001"), FieldType::Number));
        let list = Validation::InNumbers(vec![Decimal::new(10, 1), Decimal::new(2, 0)]);
        assert!(passes(&list, &json!("1"), FieldType::Number));
        assert!(!passes(&list, &json!("3"), FieldType::Number));
    }
}
