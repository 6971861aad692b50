//! How rules are written down, and how they are read.

use crate::catalogue::Argument;
use crate::number::Amount;
use crate::{Context, Problem};
use domain::{FieldType, Reason};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// One rule that a mapping may name: a row of a table whose order is the order of application.
pub(crate) struct Rule<T: 'static> {
    pub(crate) name: &'static str,
    /// The field types that it works on.
    pub(crate) fits: &'static [FieldType],
    /// The parts of its argument, for people who choose among rules.
    pub(crate) arguments: &'static [Argument],
    /// An argument that a field of the first fitting type may have, as JSON text.
    pub(crate) example: &'static str,
    /// Makes the rule from its argument, or says what the argument should be.
    pub(crate) read: fn(&Value, &Facts) -> Result<T, String>,
}

/// The facts with which a rule is read.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// The type of its field.
    pub(crate) kind: FieldType,
    pub(crate) context: Context,
}

/// Rules that one mapping may have on either list. Each is applied to every record, and each looks at those after it.
pub const MAX_RULES: usize = 20;

/// Text alone.
pub(crate) const TEXT: &[FieldType] = &[FieldType::String];
/// Numbers alone.
pub(crate) const NUMBER: &[FieldType] = &[FieldType::Number];
/// Every type.
pub(crate) const ANY: &[FieldType] = FieldType::ALL;

/// A table of rules, and where a mapping writes its choice of them.
pub(crate) struct Table<T: 'static> {
    pub(crate) field: &'static str,
    pub(crate) rules: &'static [Rule<T>],
}

impl<T> Table<T> {
    /// Reads the rules that `written` names, in the order in which they apply, and adds everything wrong to `problems`.
    pub(crate) fn read(&self, written: &Value, facts: &Facts, problems: &mut Vec<Problem>) -> Vec<T> {
        let named = self.in_order(written, problems);

        let mut read = Vec::with_capacity(named.len());
        for (name, argument) in named {
            match self.one(name, argument, facts) {
                Ok(rule) => read.extend(rule),
                Err(reason) => problems.push(Problem::new(format!("{}.{name}", self.field), reason)),
            }
        }

        read
    }

    /// Names with arguments, in the order in which they apply.
    pub(crate) fn in_order<'a>(&self, written: &'a Value, problems: &mut Vec<Problem>) -> Vec<(&'a str, &'a Value)> {
        let mut named = self.named(written, problems);
        if written.is_object() {
            named.sort_by_key(|(name, _)| self.rules.iter().position(|rule| rule.name == *name));
        }
        named
    }

    /// Names with arguments, in the order they were written.
    fn named<'a>(&self, written: &'a Value, problems: &mut Vec<Problem>) -> Vec<(&'a str, &'a Value)> {
        let number = written.as_array().map(Vec::len).or_else(|| written.as_object().map(Map::len));
        if number.is_some_and(|number| number > MAX_RULES) {
            let reason = Reason::new("too_many_rules", format!("must have at most {MAX_RULES} rules"));
            problems.push(Problem::new(self.field, reason.with("maximum", MAX_RULES)));
            return Vec::new();
        }

        match written {
            Value::Null => Vec::new(),
            Value::Object(rules) => rules.iter().map(|(name, argument)| (name.as_str(), argument)).collect(),
            Value::Array(items) => {
                items.iter().enumerate().filter_map(|(i, item)| self.item(i, item, problems)).collect()
            }
            _ => {
                let message = "must be null, an object of rules, or a list of rules";
                problems.push(Problem::new(self.field, Reason::new("not_rules", message)));
                Vec::new()
            }
        }
    }

    fn item<'a>(&self, position: usize, item: &'a Value, problems: &mut Vec<Problem>) -> Option<(&'a str, &'a Value)> {
        let mut entries = match item {
            // A bare name is short for the rule without an argument.
            Value::String(name) => return Some((name, &Value::Bool(true))),
            Value::Object(entries) if entries.len() == 1 => entries.iter(),
            _ => {
                let message = "must be the name of a rule, or an object with one rule, such as {\"trim\": true}";
                let reason = Reason::new("not_rules", message);
                problems.push(Problem::new(format!("{}[{position}]", self.field), reason));
                return None;
            }
        };

        entries.next().map(|(name, argument)| (name.as_str(), argument))
    }

    fn one(&self, name: &str, argument: &Value, facts: &Facts) -> Result<Option<T>, Reason> {
        let Some(rule) = self.rules.iter().find(|rule| rule.name == name) else {
            let known: Vec<&str> = self.rules.iter().map(|rule| rule.name).collect();
            let message = format!("is not a known rule; expected one of: {}", known.join(", "));
            return Err(Reason::new("unknown_rule", message).with("choices", known));
        };

        // A rule that is switched off counts as absent.
        if *argument == Value::Bool(false) {
            return Ok(None);
        }

        if !rule.fits.contains(&facts.kind) {
            let fits: Vec<&str> = rule.fits.iter().map(|kind| kind.as_str()).collect();
            let message =
                format!("works on fields of type {}, and this one is of type {}", fits.join(", "), facts.kind);
            let reason = Reason::new("rule_of_another_type", message);
            return Err(reason.with("rule", rule.name).with("types", fits).with("type", facts.kind.as_str()));
        }

        let wrong = |message: String| Reason::new("wrong_argument", message).with("rule", rule.name);
        (rule.read)(argument, facts).map(Some).map_err(wrong)
    }
}

/// The most characters that a rule may be told to count.
pub(crate) const MAX_CHARACTERS: u64 = 1_000_000;

/// The argument of a rule that is either on or off.
pub(crate) fn switched_on(argument: &Value) -> Result<(), String> {
    if *argument == Value::Bool(true) { Ok(()) } else { Err("must be true or false".to_owned()) }
}

/// The argument of a rule that counts characters.
pub(crate) fn read_characters(argument: &Value, least: usize) -> Result<usize, String> {
    argument
        .as_u64()
        .filter(|count| *count <= MAX_CHARACTERS)
        .and_then(|count| usize::try_from(count).ok())
        .filter(|count| *count >= least)
        .ok_or_else(|| format!("must be a whole number of characters, from {least} to {MAX_CHARACTERS}"))
}

/// The most characters of a text that a rule is given.
pub(crate) const MAX_TEXT: usize = 1_000;

/// The argument of a rule that is given a text: not empty, and storable.
pub(crate) fn read_text(argument: &Value) -> Result<&str, String> {
    argument
        .as_str()
        .filter(|text| (1..=MAX_TEXT).contains(&text.chars().count()) && !text.contains('\0'))
        .ok_or_else(|| format!("must be a text of 1 to {MAX_TEXT} characters"))
}

/// The argument of a rule that is given several things by name, `keys`; `example` shows how.
pub(crate) fn read_parts<'a>(
    argument: &'a Value,
    keys: &[&str],
    example: &str,
) -> Result<&'a Map<String, Value>, String> {
    let written = argument.as_object().ok_or_else(|| format!("must be an object such as {example}"))?;
    match written.keys().find(|key| !keys.contains(&key.as_str())) {
        Some(other) => {
            let other: String = other.chars().take(64).collect();
            Err(format!("has no part `{other}`; it must be an object such as {example}"))
        }
        None => Ok(written),
    }
}

/// The argument of a rule that compares with a number.
pub(crate) fn read_number(argument: &Value) -> Result<Decimal, String> {
    let amount = argument.as_number().and_then(Amount::of);
    amount.map(|amount| amount.value).ok_or_else(|| "must be a number of at most 28 digits".to_owned())
}
