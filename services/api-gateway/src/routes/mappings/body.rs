//! Parts of bodies, as documents describe them; the fields themselves are described where they are read.

use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Text, or what is written as text.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "values are read as they are; this says what they may be")]
pub(super) enum DefaultValue {
    Text(String),
    Number(f64),
    Flag(bool),
}

/// Rules by their names, or one after the other.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "rules are read as they are; this says what they may be")]
pub(super) enum Rules {
    #[schema(value_type = Object)]
    ByName(BTreeMap<String, Value>),
    #[schema(value_type = Vec<Object>)]
    InOrder(Vec<Value>),
}
