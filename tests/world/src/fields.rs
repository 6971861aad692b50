//! The fields of a customer that people edit. Each value is a text of its own, so that it names the edit that wrote it.

use domain::FieldType;
use mapping::FieldMapping;
use serde_json::{Number, Value, json};

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Email,
    Phone,
    Code,
    Date,
    Number,
}

/// A mapped field.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) local: &'static str,
    pub(crate) geniacs: &'static str,
    pub(crate) kind: Kind,
    /// Whether it may be cleared.
    pub(crate) optional: bool,
}

/// What tells a record's line of descent on both sides; nobody edits it.
pub(crate) const TOKEN: Field = field("tax_id", "customer_tax_id", Kind::Text, true);

/// The fields that people edit.
pub(crate) const FIELDS: [Field; 8] = [
    field("name", "customer_name", Kind::Text, false),
    field("email", "customer_email", Kind::Email, false),
    field("phone", "customer_phone", Kind::Phone, true),
    field("customer_code", "customer_code", Kind::Code, true),
    field("city", "customer_city", Kind::Text, true),
    field("notes", "customer_notes", Kind::Text, true),
    field("registration_date", "customer_since", Kind::Date, true),
    field("balance", "customer_balance", Kind::Number, false),
];

const fn field(local: &'static str, geniacs: &'static str, kind: Kind, optional: bool) -> Field {
    Field { local, geniacs, kind, optional }
}

impl Field {
    /// The value of edit number `n`.
    pub(crate) fn value(&self, n: u32) -> String {
        match self.kind {
            Kind::Text => format!("{} {n}", self.local),
            Kind::Email => format!("e{n}@example.co.id"),
            Kind::Phone => format!("+6281{:09}", 200_000_000 + n),
            Kind::Code => format!("C{n}"),
            Kind::Date => format!("20{:02}-{:02}-{:02}", 10 + n / 336 % 80, 1 + n / 28 % 12, 1 + n % 28),
            Kind::Number => format!("{n}.25"),
        }
    }

    /// The value as JSON of the partner's.
    pub(crate) fn json(&self, value: Option<&str>) -> Value {
        match (self.kind, value) {
            (_, None) => Value::Null,
            (Kind::Number, Some(digits)) => digits.parse::<Number>().map_or(Value::Null, Value::Number),
            (_, Some(text)) => Value::String(text.to_owned()),
        }
    }

    /// The value as SQL.
    pub(crate) fn sql(&self, value: Option<&str>) -> String {
        match (self.kind, value) {
            (_, None) => "NULL".to_owned(),
            (Kind::Number, Some(digits)) => digits.to_owned(),
            (_, Some(text)) => format!("'{text}'"),
        }
    }

    /// Whether two values are one in the form that the local column holds.
    pub(crate) fn same(&self, here: Option<&str>, there: Option<&str>) -> bool {
        match (here, there) {
            (Some(here), Some(there)) if self.kind == Kind::Number => cents(here) == cents(there),
            (here, there) => here == there,
        }
    }

    /// The same, where the partner keeps whole numbers only.
    pub(crate) fn same_rounded(&self, one: Option<&str>, other: Option<&str>) -> bool {
        match (one, other) {
            (Some(one), Some(other)) if self.kind == Kind::Number => {
                self.same(Some(one), Some(other)) || rounded(one) == rounded(other)
            }
            _ => false,
        }
    }

    pub(crate) fn mapping(&self) -> FieldMapping {
        let kind = match self.kind {
            Kind::Number => FieldType::Number,
            Kind::Date => FieldType::Date,
            _ => FieldType::String,
        };
        let validation_rules = match self.kind {
            Kind::Email => json!({"required": true, "email": true}),
            Kind::Phone => json!({"phone": true}),
            _ => json!({}),
        };
        FieldMapping {
            is_required: !self.optional,
            validation_rules,
            ..FieldMapping::new(self.local, self.geniacs, kind)
        }
    }
}

/// A value of the partner's as a text; none if it is empty.
pub(crate) fn text(value: Option<&Value>) -> Option<String> {
    match value {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text.is_empty() => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    }
}

/// A number as a column of two decimals holds it.
fn cents(digits: &str) -> Option<i64> {
    let number: f64 = digits.parse().ok()?;
    // Halves go away from zero, and digits behind them are no float noise in the numbers that are made here.
    #[expect(clippy::cast_possible_truncation, reason = "the numbers of this world are small")]
    let cents = ((number * 1000.0).round() / 10.0 + 1e-6).round() as i64;
    Some(cents)
}

/// A number as a partner keeps it that knows whole numbers only.
pub(crate) fn rounded(digits: &str) -> Option<i64> {
    let number: f64 = digits.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "the numbers of this world are small")]
    let whole = number.round() as i64;
    Some(whole)
}
