//! Between JSON and YAML without losing a digit: a number that YAML's floats cannot hold is written `!decimal "…"`.

use anyhow::{Context as _, bail};
use serde_json::{Map, Value as Json};
use yaml_serde::value::{Tag, TaggedValue};
use yaml_serde::{Number, Value as Yaml};

const DECIMAL: &str = "decimal";

pub(super) fn to_yaml(value: &Json) -> Yaml {
    match value {
        Json::Null => Yaml::Null,
        Json::Bool(flag) => Yaml::Bool(*flag),
        Json::Number(number) => number_to_yaml(&number.to_string()),
        Json::String(text) => Yaml::String(text.clone()),
        Json::Array(items) => Yaml::Sequence(items.iter().map(to_yaml).collect()),
        Json::Object(fields) => object_to_yaml(fields.iter().map(|(name, value)| (name.as_str(), value))),
    }
}

/// A mapping in the order given.
pub(super) fn object_to_yaml<'a>(fields: impl Iterator<Item = (&'a str, &'a Json)>) -> Yaml {
    Yaml::Mapping(fields.map(|(name, value)| (Yaml::from(name), to_yaml(value))).collect())
}

fn number_to_yaml(text: &str) -> Yaml {
    if let Ok(whole) = text.parse::<i64>() {
        return Yaml::Number(whole.into());
    }
    if let Ok(whole) = text.parse::<u64>() {
        return Yaml::Number(whole.into());
    }
    // A float that is written back with other digits has lost some, so the number becomes tagged text.
    match text.parse::<f64>() {
        Ok(float) if plain_digits(&float.to_string()) == plain_digits(text) => Yaml::Number(Number::from(float)),
        _ => Yaml::Tagged(Box::new(TaggedValue { tag: Tag::new(DECIMAL), value: Yaml::from(text) })),
    }
}

/// Without zeros that say nothing.
fn plain_digits(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

pub(super) fn from_yaml(value: Yaml) -> anyhow::Result<Json> {
    Ok(match value {
        Yaml::Null => Json::Null,
        Yaml::Bool(flag) => Json::Bool(flag),
        Yaml::Number(number) => number_to_json(&number.to_string())?,
        Yaml::String(text) => Json::String(text),
        Yaml::Sequence(items) => Json::Array(items.into_iter().map(from_yaml).collect::<anyhow::Result<_>>()?),
        Yaml::Mapping(fields) => Json::Object(object_from_yaml(fields)?),
        Yaml::Tagged(tagged) => match (tagged.tag == DECIMAL, tagged.value) {
            (true, Yaml::String(text)) => number_to_json(&text)?,
            _ => bail!("the tag {} means nothing here; write the value without it", tagged.tag),
        },
    })
}

fn object_from_yaml(fields: yaml_serde::Mapping) -> anyhow::Result<Map<String, Json>> {
    let field = |(name, value): (Yaml, Yaml)| match name {
        Yaml::String(name) => {
            let value = from_yaml(value).with_context(|| name.clone())?;
            Ok((name, value))
        }
        _ => bail!("a name must be text; put it in quotes"),
    };
    fields.into_iter().map(field).collect()
}

fn number_to_json(text: &str) -> anyhow::Result<Json> {
    match domain::json::from_str(text) {
        Ok(Json::Number(number)) => Ok(Json::Number(number)),
        _ => bail!("{text} is not a number"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn there_and_back(text: &str) -> String {
        let written = yaml_serde::to_string(&to_yaml(&serde_json::from_str(text).unwrap())).unwrap();
        from_yaml(yaml_serde::from_str(&written).unwrap()).unwrap().to_string()
    }

    #[test]
    fn no_number_loses_a_digit() {
        for text in [
            "0",
            "-7",
            "18446744073709551615",
            "0.1",
            "12345.67",
            "-0.5",
            "12345678901234567890.12",
            "0.1234567890123456789",
        ] {
            assert_eq!(there_and_back(text), text);
        }

        assert_eq!(there_and_back("10.50"), "10.5", "which is the same number");
    }

    #[test]
    fn texts_that_look_like_something_else_stay_texts() {
        let value = json!({"a": ["yes", "no", "null", "~", "1e5", "0123", "2026-01-01", "12:30", "", " x ", "a: b", "#c", "é\n😀"]});
        assert_eq!(there_and_back(&value.to_string()), value.to_string());
    }

    #[test]
    fn yaml_that_is_no_json_value_is_refused() {
        for text in ["a: !secret x", "1: b", "a: .nan", "a: !decimal x", "a: !decimal 1e131071"] {
            assert!(from_yaml(yaml_serde::from_str(text).unwrap()).is_err(), "{text}");
        }
    }
}
