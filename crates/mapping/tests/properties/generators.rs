//! Values and mappings of every kind.

use crate::check;
use domain::FieldType;
use mapping::FieldMapping;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// JSON of every shape, with the texts that mappings meet in real records.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,4})?".prop_map(|n| serde_json::from_str(&n).unwrap()),
        ".{0,24}".prop_map(Value::from),
        r"[ \t]{0,2}[a-zA-ZßİŉǰΣς]{0,8} [a-z]{0,8}[ \u{a0}]{0,2}".prop_map(Value::from),
        r"(\+|\+62|62|0|00)? ?[0-9]{2,5}[- ]?[0-9]{0,5}[- ]?[0-9]{0,6}".prop_map(Value::from),
        r"[a-zA-Z.]{1,8}@[a-zA-Z]{1,8}(\.[a-z]{2,4})?".prop_map(Value::from),
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?"
            .prop_map(Value::from),
        r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])-([01][1-9]|2[0-9]|3[01])([T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-4]):00)?)?"
            .prop_map(Value::from),
        r"(([0-9]|[0-3][0-9])[/.]){2}20[0-9]{2}( [0-2][0-9]:[0-5][0-9])?".prop_map(Value::from),
        r"(X-)?(X-)?([ab129]|yes|Abc)(/id)?".prop_map(Value::from),
        r"(1[0-9]{0,2}\.){3}[0-9]{1,2}(/[0-9]{1,2})?".prop_map(Value::from),
        r"[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}".prop_map(Value::from),
        r"(true|FALSE|yes|no|0|1|-?[0-9]{1,12}(\.[0-9]{1,4})?)".prop_map(Value::from),
    ];

    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,4}", inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn on_or_off() -> impl Strategy<Value = bool> {
    any::<bool>()
}

/// Text rules in the object form.
pub(crate) fn text_rules() -> impl Strategy<Value = Value> {
    (
        on_or_off(),
        on_or_off(),
        on_or_off(),
        prop_oneof![Just(""), Just("uppercase"), Just("lowercase")],
        prop::option::of(1_u8..20),
    )
        .prop_map(|(trim, remove, format, case, length)| {
            let mut rules = Map::new();
            rules.insert("trim".to_owned(), json!(trim));
            rules.insert("remove_special_chars".to_owned(), json!(remove));
            if format {
                rules.insert("format".to_owned(), json!("international"));
            }
            if !case.is_empty() {
                rules.insert(case.to_owned(), json!(true));
            }
            rules.extend(length.map(|length| ("max_length".to_owned(), json!(length))));
            Value::Object(rules)
        })
}

/// Rules by name, with arguments and parts of arguments of every shape.
pub(crate) fn any_rules(names: &'static [&'static str]) -> impl Strategy<Value = Value> {
    const PARTS: &[&str] =
        &["from", "to", "pattern", "replacement", "map", "default", "back", "fields", "separator", "other"];
    let parts = prop::collection::btree_map(prop::sample::select(PARTS), any_json(), 0..4);
    let parts = parts.prop_map(|parts| Value::Object(parts.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()));
    let argument = prop_oneof![2 => any_json(), 1 => parts, 1 => "[%a-zA-Z$(){}*0-9-]{0,8}".prop_map(Value::from)];
    let rules = prop::collection::btree_map(prop::sample::select(names), argument, 0..4);
    rules.prop_map(|rules| Value::Object(rules.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()))
}

/// Rules that a pull undoes, on text, and those that lose something, in any order that is allowed.
fn undone_or_lost() -> impl Strategy<Value = Value> {
    let rule = prop_oneof![
        Just(json!({"prefix": "X-"})),
        Just(json!({"suffix": "/id"})),
        Just(json!({"value_map": {"a": "1", "b": "2", "true": "yes"}})),
        Just(json!({"value_map": {"map": {"a": "1", "b": "1", "": "0"}, "back": {"1": "b"}, "default": "9"}})),
        Just(json!({"replace": [{"from": "a", "to": "bb"}, {"from": "-", "to": ""}]})),
        Just(json!({"regex": {"pattern": "([a-z])([0-9]?)", "replacement": "$2$1"}})),
        Just(json!({"format": "ip"})),
        Just(json!({"format": "mac"})),
        Just(json!("trim")),
        Just(json!("uppercase")),
        Just(json!("remove_special_chars")),
        (1_u8..9).prop_map(|length| json!({"max_length": length})),
    ];

    prop::collection::vec(rule, 0..4).prop_map(Value::from)
}

/// Mappings whose rules fit their type.
pub(crate) fn ruled() -> impl Strategy<Value = FieldMapping> {
    const FORMATS: &[&str] =
        &["date", "datetime", "unix", "unix_ms", "%d/%m/%Y", "%Y%m%d%H%M%S", "%d %b %Y %I:%M:%S %p %z"];
    let of = |kind, rules| FieldMapping { transformation_rules: rules, ..FieldMapping::new("column", "field", kind) };

    let factor = prop::sample::select(&["100", "0.001", "-1024", "2.5"]);
    let digits = prop::option::of(0_u8..4);

    let number = (factor, digits).prop_map(|(factor, digits)| {
        let mut rules = Map::from_iter([("scale".to_owned(), serde_json::from_str(factor).unwrap())]);
        rules.extend(digits.map(|digits| ("round".to_owned(), json!(digits))));
        Value::Object(rules)
    });

    let words = json!({"value_map": {"true": 1, "false": 0, "Abc": 7.50}});

    prop_oneof![
        3 => undone_or_lost().prop_map(move |rules| of(FieldType::String, rules)),
        1 => Just(of(FieldType::String, json!({"concat": {"fields": ["column", "city"]}, "uppercase": true}))),
        2 => number.prop_map(move |rules| of(FieldType::Number, rules)),
        1 => Just(of(FieldType::Number, words)),
        1 => Just(of(FieldType::Boolean, json!({"value_map": {"yes": true, "no": false}}))),
        3 => prop::sample::select(FORMATS).prop_map(move |form| of(FieldType::Date, json!({"date_format": form}))),
    ]
    .prop_filter("rules that contradict each other are refused", |mapping| check(mapping).is_empty())
}

/// Whether a rule of the mapping changes what it has changed before.
pub(crate) fn settles(mapping: &FieldMapping) -> bool {
    let rules = mapping.transformation_rules.to_string();
    !rules.contains("replace") && !rules.contains("regex")
}

/// Words with space where a cut may meet it, and letters whose case changes their number.
pub(crate) fn words() -> impl Strategy<Value = String> {
    r"[ \t\u{a0}]{0,2}([a-zA-ZßŉǰİΣ]{1,3}[ \t]{1,2}){0,4}[a-zA-ZßΣ]{0,3}"
}

pub(crate) fn any_mapping() -> impl Strategy<Value = FieldMapping> {
    let validation = prop_oneof![
        4 => Just(Value::Null),
        1 => Just(json!({"required": true})),
        1 => Just(json!({"email": true})),
        1 => Just(json!({"phone": true, "min_length": 5})),
    ];
    let text = (text_rules(), validation).prop_map(|(transformation_rules, validation_rules)| FieldMapping {
        transformation_rules,
        validation_rules,
        ..FieldMapping::new("column", "field", FieldType::String)
    });
    let other = prop::sample::select(FieldType::ALL).prop_map(|kind| FieldMapping::new("column", "field", kind));
    (
        prop_oneof![2 => text, 1 => other, 3 => ruled()],
        any::<bool>(),
        prop::option::of(prop_oneof![Just("0"), Just("2024-01-01"), Just("Abc")]),
    )
        .prop_map(|(mapping, is_required, default)| {
            let with = FieldMapping { default_value: default.map(str::to_owned), is_required, ..mapping.clone() };
            if check(&with).is_empty() { with } else { FieldMapping { is_required, ..mapping } }
        })
}
