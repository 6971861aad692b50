//! The transformation rules by name, in the order in which the object form applies them.

use super::concat::{self, Concat};
use super::date_format::DateFormat;
use super::decimal::{self, Factor};
use super::pattern::{Pattern, Replacements};
use super::value_map::ValueMap;
use super::{Ending, Format, Transform};
use crate::reference::REFERENCE;
use crate::rule::{Facts, NUMBER, Rule, TEXT, Table, characters, switched_on, text};
use domain::{EntityType, FieldType};
use serde_json::Value;

const MAPPED: &[FieldType] = &[FieldType::String, FieldType::Number, FieldType::Boolean];
const DATE: &[FieldType] = &[FieldType::Date];

type Read = fn(&Value, &Facts) -> Result<Transform, String>;

const fn rule(name: &'static str, fits: &'static [FieldType], read: Read) -> Rule<Transform> {
    Rule { name, fits, read }
}

pub(crate) const TABLE: Table<Transform> = Table {
    field: "transformation_rules",
    rules: &[
        rule(REFERENCE, TEXT, |argument, _| target(argument).map(Transform::Reference)),
        rule(concat::NAME, TEXT, |argument, _| Concat::read(argument).map(Transform::Concat)),
        rule("trim", TEXT, |argument, _| switched_on(argument).map(|()| Transform::Trim)),
        rule("remove_special_chars", TEXT, |argument, _| {
            switched_on(argument).map(|()| Transform::RemoveSpecialChars { keep_plus: false })
        }),
        rule("replace", TEXT, |argument, _| Replacements::read(argument).map(Transform::Replace)),
        rule("regex", TEXT, |argument, _| Pattern::read(argument).map(Transform::Regex)),
        rule("format", TEXT, |argument, facts| match argument.as_str() {
            Some("international") => Ok(Transform::Format(Format::International(facts.context.default_region))),
            Some("ip") => Ok(Transform::Format(Format::Ip)),
            Some("mac") => Ok(Transform::Format(Format::Mac)),
            _ => Err("must be \"international\" (a telephone number), \"ip\" or \"mac\"".to_owned()),
        }),
        rule("uppercase", TEXT, |argument, _| switched_on(argument).map(|()| Transform::Uppercase)),
        rule("lowercase", TEXT, |argument, _| switched_on(argument).map(|()| Transform::Lowercase)),
        rule("value_map", MAPPED, |argument, facts| ValueMap::read(argument, facts.kind).map(Transform::ValueMap)),
        rule("prefix", TEXT, |argument, _| text(argument).map(|text| Transform::Prefix(text.to_owned()))),
        rule("suffix", TEXT, |argument, _| text(argument).map(|text| Transform::Suffix(text.to_owned()))),
        rule("max_length", TEXT, |argument, _| {
            Ok(Transform::MaxLength { characters: characters(argument, 1)?, ending: Ending::Cut })
        }),
        rule("scale", NUMBER, |argument, _| Factor::read(argument).map(Transform::Scale)),
        rule("round", NUMBER, |argument, _| decimal::digits(argument).map(Transform::Round)),
        rule("date_format", DATE, |argument, facts| {
            DateFormat::read(argument, facts.context.default_time_zone.into()).map(Transform::DateFormat)
        }),
    ],
};

/// The entity that a reference names. Monitoring data has no links.
fn target(argument: &Value) -> Result<EntityType, String> {
    let linked = || EntityType::ALL.iter().filter(|entity| **entity != EntityType::MonitoringData);
    let meant = linked().find(|entity| Some(entity.as_str()) == argument.as_str());
    meant.copied().ok_or_else(|| {
        let names: Vec<&str> = linked().map(|entity| entity.as_str()).collect();
        format!("must be the entity that the field refers to, one of: {}", names.join(", "))
    })
}
