//! The fields of a record that people edit. Each value is a text of its own, so that it names the edit that wrote it; only
//! of references there are few.

use domain::{EntityType, FieldType};
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
    /// A network address.
    Address,
    /// A hardware address.
    Hardware,
    /// A neighbouring customer: by its number here, and there by the id that [`there`] makes of it.
    Reference,
}

/// Customers that others refer to. Both sides have them, and nobody edits them.
pub(crate) const NEIGHBOURS: u32 = 3;

/// The id of a neighbour at the partner.
pub(crate) fn there(neighbour: &str) -> String {
    format!("k{neighbour}")
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

pub(crate) const fn field(local: &'static str, geniacs: &'static str, kind: Kind) -> Field {
    Field { local, geniacs, kind, optional: true }
}

/// A field that may not be cleared.
pub(crate) const fn needed(local: &'static str, geniacs: &'static str, kind: Kind) -> Field {
    Field { local, geniacs, kind, optional: false }
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
            Kind::Address => format!("10.0.{}.{}", n / 250, 1 + n % 250),
            Kind::Hardware => format!("02:00:00:00:{:02x}:{:02x}", n / 256, n % 256),
            Kind::Reference => (1 + n % NEIGHBOURS).to_string(),
        }
    }

    /// The value as JSON of the partner's.
    pub(crate) fn json(&self, value: Option<&str>) -> Value {
        match (self.kind, value) {
            (_, None) => Value::Null,
            (Kind::Number, Some(digits)) => digits.parse::<Number>().map_or(Value::Null, Value::Number),
            (Kind::Reference, Some(neighbour)) => Value::String(there(neighbour)),
            (_, Some(text)) => Value::String(text.to_owned()),
        }
    }

    /// The value that JSON of the partner's stands for; none if it is empty.
    pub(crate) fn read(&self, value: Option<&Value>) -> Option<String> {
        let text = text(value)?;
        Some(if self.kind == Kind::Reference { text.trim_start_matches('k').to_owned() } else { text })
    }

    /// The value as SQL.
    pub(crate) fn sql(&self, value: Option<&str>) -> String {
        match (self.kind, value) {
            (_, None) => "NULL".to_owned(),
            (Kind::Number | Kind::Reference, Some(digits)) => digits.to_owned(),
            (_, Some(text)) => format!("'{text}'"),
        }
    }

    /// The SQL expression that shows its column as a value.
    pub(crate) fn shown(&self) -> String {
        match self.kind {
            // Without the mask of a single address.
            Kind::Address => format!("host({})", self.local),
            _ => format!("{}::text", self.local),
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

    /// Whether the mapping takes a value of the local side's.
    pub(crate) fn is_valid(&self, value: Option<&str>) -> bool {
        match (self.kind, value) {
            (Kind::Email, Some(text)) => text.contains('@'),
            (Kind::Phone, Some(text)) => text.starts_with('+'),
            (_, value) => value.is_some() || self.optional,
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
        let transformation_rules = match self.kind {
            Kind::Reference => json!({"reference": EntityType::Customers}),
            _ => Value::Null,
        };

        FieldMapping {
            is_required: !self.optional,
            validation_rules,
            transformation_rules,
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
