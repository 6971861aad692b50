//! One value on its way through a plan, converted to its field's type.

use crate::canonical::same_json;
use crate::date::Date;
use crate::number::Amount;
use crate::problem::Failure;
use crate::zone::Zone;
use domain::FieldType;
use serde_json::Value;
use std::borrow::Cow;

/// Which way a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// From here to Geniacs.
    Push,
    /// From Geniacs to here.
    Pull,
}

/// A value that is there. A missing value is `None` around it.
#[derive(Debug, Clone)]
pub(crate) enum Cell<'a> {
    Text(Cow<'a, str>),
    Number(Amount<'a>),
    Boolean(bool),
    Date(Date),
    Json(Cow<'a, Value>),
    /// The id of a local record.
    Id(i64),
}

impl<'a> Cell<'a> {
    /// Converts a JSON value to a field's type. Null is missing, and so is blank text where text is not the type.
    pub(crate) fn read(value: &'a Value, kind: FieldType, zone: Zone) -> Result<Option<Self>, Failure> {
        let blank = |text: &str| kind != FieldType::String && kind != FieldType::Json && text.trim().is_empty();
        match value {
            Value::Null => return Ok(None),
            Value::String(text) if blank(text) => return Ok(None),
            _ => {}
        }
        let cell = match kind {
            FieldType::String => Self::Text(read_text(value)?),
            FieldType::Number => Self::Number(read_number(value)?),
            FieldType::Boolean => Self::Boolean(read_boolean(value)?),
            FieldType::Date => Self::Date(read_date(value, zone)?),
            FieldType::Json => Self::Json(Cow::Borrowed(value)),
        };
        Ok(Some(cell))
    }

    /// The value as the side that it goes to stores it.
    pub(crate) fn into_value(self, way: Way) -> Value {
        match self {
            Self::Text(text) => Value::String(text.into_owned()),
            // An integer column takes no point, so a whole number loses the zeros behind it on the way here.
            Self::Number(amount) if way == Way::Pull => Value::Number(amount.for_local()),
            Self::Number(amount) => Value::Number(amount.digits.into_owned()),
            Self::Boolean(truth) => Value::Bool(truth),
            Self::Date(date) if way == Way::Push => Value::String(date.for_geniacs()),
            Self::Date(date) => Value::String(date.for_local()),
            Self::Json(value) => value.into_owned(),
            Self::Id(id) => Value::from(id),
        }
    }

    /// Whether `incoming` says what this side holds: numbers numerically, dates as moments, JSON by content.
    pub(crate) fn equals_incoming(&self, incoming: &Cell<'_>) -> bool {
        match (self, incoming) {
            (Self::Text(local), Cell::Text(incoming)) => local == incoming,
            (Self::Number(local), Cell::Number(incoming)) => local.value == incoming.value,
            (Self::Boolean(local), Cell::Boolean(incoming)) => local == incoming,
            (Self::Date(local), Cell::Date(incoming)) => local.equals_incoming(*incoming),
            (Self::Json(local), Cell::Json(incoming)) => same_json(local, incoming),
            (Self::Id(local), Cell::Id(incoming)) => local == incoming,
            _ => false,
        }
    }

    /// Whether it is a text without content.
    pub(crate) fn is_blank(&self) -> bool {
        match self {
            Self::Text(text) => text.trim().is_empty(),
            Self::Json(value) => value.as_str().is_some_and(|text| text.trim().is_empty()),
            _ => false,
        }
    }

    /// Refuses what PostgreSQL has no way to store.
    pub(crate) fn storable(&self) -> Result<(), Failure> {
        let holds_nul = match self {
            Self::Text(text) => text.contains('\0'),
            Self::Json(value) => json_holds_nul(value),
            _ => false,
        };

        if holds_nul {
            // Found here, a NUL fails one field. The database would refuse the whole statement.
            return Err(Failure::conversion("holds a NUL character, which the database cannot store"));
        }
        Ok(())
    }

    /// The same value, without a copy of its content.
    pub(crate) fn reborrow(&self) -> Cell<'_> {
        match self {
            Self::Text(text) => Cell::Text(Cow::Borrowed(text)),
            Self::Number(amount) => Cell::Number(amount.reborrow()),
            Self::Boolean(truth) => Cell::Boolean(*truth),
            Self::Date(date) => Cell::Date(*date),
            Self::Json(value) => Cell::Json(Cow::Borrowed(value)),
            Self::Id(id) => Cell::Id(*id),
        }
    }

    pub(crate) fn into_owned(self) -> Cell<'static> {
        match self {
            Self::Text(text) => Cell::Text(Cow::Owned(text.into_owned())),
            Self::Number(amount) => Cell::Number(amount.into_owned()),
            Self::Boolean(truth) => Cell::Boolean(truth),
            Self::Date(date) => Cell::Date(date),
            Self::Json(value) => Cell::Json(Cow::Owned(value.into_owned())),
            Self::Id(id) => Cell::Id(id),
        }
    }
}

fn read_text(value: &Value) -> Result<Cow<'_, str>, Failure> {
    match value {
        Value::String(text) => Ok(Cow::Borrowed(text)),
        Value::Number(number) => Ok(Cow::Borrowed(number.as_str())),
        Value::Bool(true) => Ok(Cow::Borrowed("true")),
        Value::Bool(false) => Ok(Cow::Borrowed("false")),
        _ => Err(Failure::conversion("is not text, a number or a truth value")),
    }
}

fn read_number(value: &Value) -> Result<Amount<'_>, Failure> {
    let amount = match value {
        Value::Number(number) => Amount::of(number),
        Value::String(text) => Amount::parse(text.trim()),
        _ => None,
    };
    amount.ok_or_else(|| Failure::conversion("is not a decimal number of at most 28 digits"))
}

fn read_boolean(value: &Value) -> Result<bool, Failure> {
    let written = match value {
        Value::Bool(truth) => return Ok(*truth),
        Value::Number(number) => number.as_str(),
        Value::String(text) => text.trim(),
        _ => "",
    };

    let is = |word: &&str| written.eq_ignore_ascii_case(word);

    if ["true", "1", "yes", "y", "t", "on"].iter().any(is) {
        Ok(true)
    } else if ["false", "0", "no", "n", "f", "off"].iter().any(is) {
        Ok(false)
    } else {
        Err(Failure::conversion("is neither true nor false"))
    }
}

fn read_date(value: &Value, zone: Zone) -> Result<Date, Failure> {
    match value {
        Value::String(text) => Date::parse(text.trim(), zone).map_err(Failure::conversion),
        _ => Err(Failure::conversion("is not a date")),
    }
}

fn json_holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(json_holds_nul),
        Value::Object(fields) => fields.iter().any(|(key, value)| key.contains('\0') || json_holds_nul(value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn converted(value: impl Into<Value>, kind: FieldType) -> Option<Value> {
        Cell::read(&value.into(), kind, Zone::default())
            .ok()
            .map(|cell| cell.map_or(Value::Null, |cell| cell.into_value(Way::Push)))
    }

    #[test]
    fn a_value_with_one_obvious_spelling_becomes_text() {
        let long: Value = serde_json::from_str("12345678901234567890.50").unwrap();
        assert_eq!(converted(long, FieldType::String), Some(json!("12345678901234567890.50")));
        assert_eq!(converted(json!(true), FieldType::String), Some(json!("true")));
        assert_eq!(converted(json!(""), FieldType::String), Some(json!("")));
        assert_eq!(converted(json!("{\"a\":1}"), FieldType::String), Some(json!("{\"a\":1}")));
        assert_eq!(converted(json!({"a": 1}), FieldType::String), None);
        assert_eq!(converted(json!([]), FieldType::String), None);
    }

    #[test]
    fn a_number_keeps_its_digits_and_may_come_as_text() {
        let money: Value = serde_json::from_str("150000.50").unwrap();
        assert_eq!(converted(money.clone(), FieldType::Number).unwrap().to_string(), "150000.50");

        assert_eq!(converted(json!(" 150000.50 "), FieldType::Number), Some(money));
        assert_eq!(converted(json!(" "), FieldType::Number), Some(Value::Null), "blank is missing");

        for wrong in
            [json!("12 apples"), json!(true), json!([1]), json!("1e40"), json!("123456789012345678901234567890123")]
        {
            assert_eq!(converted(wrong.clone(), FieldType::Number), None, "{wrong}");
        }
    }

    #[test]
    fn a_truth_value_may_be_written_in_several_ways() {
        for right in [json!(true), json!(1), json!("1"), json!("TRUE"), json!(" yes ")] {
            assert_eq!(converted(right.clone(), FieldType::Boolean), Some(json!(true)), "{right}");
        }

        for right in [json!(false), json!(0), json!("0"), json!("False"), json!("no")] {
            assert_eq!(converted(right.clone(), FieldType::Boolean), Some(json!(false)), "{right}");
        }

        for wrong in [json!(2), json!("maybe"), json!({}), json!([true])] {
            assert_eq!(converted(wrong.clone(), FieldType::Boolean), None, "{wrong}");
        }
    }

    #[test]
    fn json_is_taken_as_it_is() {
        for value in [json!({"a": [1, null]}), json!("text"), json!(""), json!(0), json!(false)] {
            assert_eq!(converted(value.clone(), FieldType::Json), Some(value));
        }
    }
}
