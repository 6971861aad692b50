//! The validation rules by name, in the order in which the object form applies them.

use super::Validation;
use super::network::Version;
use crate::catalogue::{Argument, ArgumentType};
use crate::rule::{self, ANY, Facts, MAX_CHARACTERS, NUMBER, Rule, TEXT, Table, read_characters, switched_on};
use domain::FieldType;
use serde_json::Value;

const LISTED: &[FieldType] = &[FieldType::String, FieldType::Number];
const MAX_LISTED: usize = 1_000;

type Read = fn(&Value, &Facts) -> Result<Validation, String>;

const fn validation_rule(
    name: &'static str,
    fits: &'static [FieldType],
    arguments: &'static [Argument],
    example: &'static str,
    read: Read,
) -> Rule<Validation> {
    Rule { name, fits, arguments, example, read }
}

const SWITCH: &[Argument] = &[Argument::whole(ArgumentType::Flag)];
const VERSION: &[Argument] = &[Argument::whole(ArgumentType::Flag).one_of(&["v4", "v6"])];
const LEAST: &[Argument] = &[Argument::whole(ArgumentType::WholeNumber).between(0, MAX_CHARACTERS)];
const MOST: &[Argument] = &[Argument::whole(ArgumentType::WholeNumber).between(1, MAX_CHARACTERS)];
const BOUND: &[Argument] = &[Argument::whole(ArgumentType::Number)];
const ALLOWED: &[Argument] = &[Argument::whole(ArgumentType::Values).between(1, MAX_LISTED as u64)];

pub(crate) const TABLE: Table<Validation> = Table {
    field: "validation_rules",
    rules: &[
        validation_rule("required", ANY, SWITCH, "true", |argument, _| {
            switched_on(argument).map(|()| Validation::Required)
        }),
        validation_rule("email", TEXT, SWITCH, "true", |argument, _| switched_on(argument).map(|()| Validation::Email)),
        validation_rule("phone", TEXT, SWITCH, "true", |argument, _| switched_on(argument).map(|()| Validation::Phone)),
        validation_rule("url", TEXT, SWITCH, "true", |argument, _| switched_on(argument).map(|()| Validation::Url)),
        validation_rule("ip", TEXT, VERSION, "true", |argument, _| read_version(argument).map(Validation::Ip)),
        validation_rule("mac", TEXT, SWITCH, "true", |argument, _| switched_on(argument).map(|()| Validation::Mac)),
        validation_rule("min_length", TEXT, LEAST, "3", |argument, _| {
            read_characters(argument, 0).map(Validation::MinLength)
        }),
        validation_rule("max_length", TEXT, MOST, "50", |argument, _| {
            read_characters(argument, 1).map(Validation::MaxLength)
        }),
        validation_rule("min", NUMBER, BOUND, "0", |argument, _| rule::read_number(argument).map(Validation::Min)),
        validation_rule("max", NUMBER, BOUND, "1000000", |argument, _| {
            rule::read_number(argument).map(Validation::Max)
        }),
        validation_rule("in", LISTED, ALLOWED, r#"["active", "suspended"]"#, |argument, facts| {
            read_list(argument, facts.kind)
        }),
    ],
};

fn read_version(argument: &Value) -> Result<Version, String> {
    match argument {
        Value::Bool(true) => Ok(Version::Any),
        Value::String(version) if version == "v4" => Ok(Version::V4),
        Value::String(version) if version == "v6" => Ok(Version::V6),
        _ => Err("must be true, \"v4\" or \"v6\"".to_owned()),
    }
}

fn read_list(argument: &Value, kind: FieldType) -> Result<Validation, String> {
    let wrong = || format!("must be a list of 1 to {MAX_LISTED} values of type {kind}, such as {}", example_list(kind));
    let items = argument.as_array().filter(|items| (1..=MAX_LISTED).contains(&items.len())).ok_or_else(wrong)?;

    if kind == FieldType::Number {
        return items
            .iter()
            .map(rule::read_number)
            .collect::<Result<_, _>>()
            .map(Validation::InNumbers)
            .map_err(|_| wrong());
    }

    let texts: Option<Vec<String>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
    texts.map(Validation::In).ok_or_else(wrong)
}

fn example_list(kind: FieldType) -> &'static str {
    if kind == FieldType::Number { "[1, 3, 12]" } else { "[\"active\", \"suspended\"]" }
}
