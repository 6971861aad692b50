//! The transformation rules by name, in the order in which the object form applies them.

use super::concat::{self, Concat};
use super::date_format::DateFormat;
use super::decimal::{self, Factor};
use super::pattern::{self, Pattern, Replacements};
use super::value_map::{self, ValueMap};
use super::{Ending, Format, Transform};
use crate::catalogue::{Argument, ArgumentType};
use crate::reference::REFERENCE;
use crate::rule::{
    Facts, MAX_CHARACTERS, MAX_TEXT, NUMBER, Rule, TEXT, Table, read_characters, read_text, switched_on,
};
use domain::{EntityType, FieldType};
use serde_json::Value;

const MAPPED: &[FieldType] = &[FieldType::String, FieldType::Number, FieldType::Boolean];
const DATE: &[FieldType] = &[FieldType::Date];

type Read = fn(&Value, &Facts) -> Result<Transform, String>;

const fn transform_rule(
    name: &'static str,
    fits: &'static [FieldType],
    arguments: &'static [Argument],
    example: &'static str,
    read: Read,
) -> Rule<Transform> {
    Rule { name, fits, arguments, example, read }
}

/// What `reference` may name.
const LINKED: &[&str] = &["customers", "subscriptions", "payments", "invoices", "nas_servers"];
const FORMATS: &[&str] = &["international", "ip", "mac"];
const DATE_FORMATS: &[&str] = &["date", "datetime", "unix", "unix_ms"];

const SWITCH: &[Argument] = &[Argument::whole(ArgumentType::Flag)];
const ENTITY: &[Argument] = &[Argument::whole(ArgumentType::Text).one_of(LINKED)];
const FORMAT: &[Argument] = &[Argument::whole(ArgumentType::Text).one_of(FORMATS)];
const AFFIX: &[Argument] = &[Argument::whole(ArgumentType::Text).between(1, MAX_TEXT as u64)];
const LONGEST: &[Argument] = &[Argument::whole(ArgumentType::WholeNumber).between(1, MAX_CHARACTERS)];
const FACTOR: &[Argument] = &[Argument::whole(ArgumentType::Number)];
const DIGITS: &[Argument] = &[Argument::whole(ArgumentType::WholeNumber).between(0, decimal::MAX_DIGITS)];
const DATES: &[Argument] = &[Argument::whole(ArgumentType::Text).one_of(DATE_FORMATS).or_another()];
const JOINED: &[Argument] = &[
    Argument::part("fields", ArgumentType::Columns).between(2, concat::MAX_COLUMNS as u64),
    Argument::part("separator", ArgumentType::Text).between(0, MAX_TEXT as u64).optional(),
];
const REPLACED: &[Argument] = &[
    Argument::part("from", ArgumentType::Text).between(1, MAX_TEXT as u64),
    Argument::part("to", ArgumentType::Text).between(0, MAX_TEXT as u64),
];
const MATCHED: &[Argument] = &[
    Argument::part("pattern", ArgumentType::Text).between(1, MAX_TEXT as u64),
    Argument::part("replacement", ArgumentType::Text).between(0, MAX_TEXT as u64),
];
const TRANSLATED: &[Argument] = &[
    Argument::part("map", ArgumentType::ValueMap).between(1, value_map::MAX_PAIRS as u64),
    Argument::part("default", ArgumentType::Value).optional(),
    Argument::part("back", ArgumentType::TextMap).between(0, value_map::MAX_PAIRS as u64).optional(),
];

pub(crate) const TABLE: Table<Transform> = Table {
    field: "transformation_rules",
    rules: &[
        transform_rule(REFERENCE, TEXT, ENTITY, r#""customers""#, |argument, _| {
            read_target(argument).map(Transform::Reference)
        }),
        transform_rule(concat::NAME, TEXT, JOINED, concat::EXAMPLE, |argument, _| {
            Concat::read(argument).map(Transform::Concat)
        }),
        transform_rule("trim", TEXT, SWITCH, "true", |argument, _| switched_on(argument).map(|()| Transform::Trim)),
        transform_rule("remove_special_chars", TEXT, SWITCH, "true", |argument, _| {
            switched_on(argument).map(|()| Transform::RemoveSpecialChars { keep_plus: false })
        }),
        transform_rule("replace", TEXT, REPLACED, r#"{"from": "Jl.", "to": "Jalan"}"#, |argument, _| {
            Replacements::read(argument).map(Transform::Replace)
        }),
        transform_rule("regex", TEXT, MATCHED, pattern::REGEX, |argument, _| {
            Pattern::read(argument).map(Transform::Regex)
        }),
        transform_rule("format", TEXT, FORMAT, r#""international""#, |argument, facts| match argument.as_str() {
            Some("international") => Ok(Transform::Format(Format::International(facts.context.default_region))),
            Some("ip") => Ok(Transform::Format(Format::Ip)),
            Some("mac") => Ok(Transform::Format(Format::Mac)),
            _ => Err("must be \"international\" (a telephone number), \"ip\" or \"mac\"".to_owned()),
        }),
        transform_rule("uppercase", TEXT, SWITCH, "true", |argument, _| {
            switched_on(argument).map(|()| Transform::Uppercase)
        }),
        transform_rule("lowercase", TEXT, SWITCH, "true", |argument, _| {
            switched_on(argument).map(|()| Transform::Lowercase)
        }),
        transform_rule(
            "value_map",
            MAPPED,
            TRANSLATED,
            r#"{"map": {"active": "A", "suspended": "S"}}"#,
            |argument, facts| ValueMap::read(argument, facts.kind).map(Transform::ValueMap),
        ),
        transform_rule("prefix", TEXT, AFFIX, r#""ISP-""#, |argument, _| {
            read_text(argument).map(|text| Transform::Prefix(text.to_owned()))
        }),
        transform_rule("suffix", TEXT, AFFIX, r#""-ID""#, |argument, _| {
            read_text(argument).map(|text| Transform::Suffix(text.to_owned()))
        }),
        transform_rule("max_length", TEXT, LONGEST, "50", |argument, _| {
            Ok(Transform::MaxLength { characters: read_characters(argument, 1)?, ending: Ending::Cut })
        }),
        transform_rule("scale", NUMBER, FACTOR, "100", |argument, _| Factor::read(argument).map(Transform::Scale)),
        transform_rule("round", NUMBER, DIGITS, "2", |argument, _| {
            decimal::read_digits(argument).map(Transform::Round)
        }),
        transform_rule("date_format", DATE, DATES, r#""%d/%m/%Y""#, |argument, facts| {
            DateFormat::read(argument, facts.context.default_time_zone.into()).map(Transform::DateFormat)
        }),
    ],
};

/// The entity that a reference names. Monitoring data has no links.
fn read_target(argument: &Value) -> Result<EntityType, String> {
    let linked = || EntityType::ALL.iter().filter(|entity| **entity != EntityType::MonitoringData);
    let meant = linked().find(|entity| Some(entity.as_str()) == argument.as_str());
    meant.copied().ok_or_else(|| {
        let names: Vec<&str> = linked().map(|entity| entity.as_str()).collect();
        format!("must be the entity that the field refers to, one of: {}", names.join(", "))
    })
}
