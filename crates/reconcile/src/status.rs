//! The status of an incoming record, decided by the rules of `domain::status`. Pure.

use crate::{Incoming, Rules, Version};
use chrono::{DateTime, Utc};
use domain::EntityType;
use domain::status::{Told, Verdict, decide, statuses};
use mapping::InvalidRecord;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// The column that holds the status of a record.
pub const COLUMN: &str = "status";

/// The columns beside the mapped ones that decide about a status, or that events set.
pub const fn columns(entity: EntityType) -> &'static [&'static str] {
    match entity {
        EntityType::Customers | EntityType::NasServers => &[COLUMN],
        EntityType::Subscriptions => &[COLUMN, "activated_at"],
        EntityType::Invoices => &[COLUMN, "total_amount", "paid_amount"],
        EntityType::Payments => &[COLUMN, "paid_at", "gateway_response"],
        EntityType::MonitoringData => &[],
    }
}

/// What is wrong with a status that no rule of the entity knows, without the word.
pub(crate) fn unknown(entity: EntityType, fields: &Map<String, Value>) -> Option<InvalidRecord> {
    let told = fields.get(COLUMN).filter(|value| !value.is_null())?;
    let known: Vec<&str> = statuses(entity).collect();
    let is_known = known.is_empty() || told.as_str().is_some_and(|word| known.contains(&word));
    (!is_known).then(|| InvalidRecord {
        field: Some(COLUMN.to_owned()),
        message: format!("{COLUMN}: is no status of {entity}; it must be one of: {}", known.join(", ")),
    })
}

/// A row's status and the version that told it.
pub(crate) struct Held<'a> {
    pub(crate) local: &'a Map<String, Value>,
    pub(crate) version: Version,
    /// Whether what is told counts as the newer word.
    pub(crate) newer: bool,
}

/// Decides about a status that a record tells for a row; `with` holds the columns that change together with it. None:
/// the row has no status, or the same one.
pub(crate) fn judge(
    rules: &Rules<'_>,
    held: &Held<'_>,
    record: &Incoming,
    told: &str,
    with: &Map<String, Value>,
) -> Option<Verdict> {
    let word = held.local.get(COLUMN)?.as_str()?;

    let before = Told {
        status: word,
        at: moment(held.version),
        settled_at: held.local.get("paid_at").and_then(Value::as_str).and_then(|at| at.parse().ok()),
        balance_due: balance_due(held.local, &Map::new()),
    };
    let after =
        Told { status: told, at: moment(record.version), settled_at: None, balance_due: balance_due(held.local, with) };

    (word != told).then(|| decide(rules.entity, &before, &after, held.newer))
}

fn moment(version: Version) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(version.micros).unwrap_or_default()
}

/// Whether less was paid than is asked for, after a change.
fn balance_due(local: &Map<String, Value>, change: &Map<String, Value>) -> bool {
    let amount = |name: &str| -> Option<Decimal> {
        match change.get(name).or_else(|| local.get(name))? {
            Value::Number(number) => number.to_string().parse().ok(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    };
    matches!((amount("paid_amount"), amount("total_amount")), (Some(paid), Some(total)) if paid < total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn a_word_that_no_rule_knows_is_named_by_what_it_must_be() {
        let invalid = unknown(EntityType::Customers, &map(&json!({"status": "lost"}))).unwrap();
        assert_eq!(invalid.field.as_deref(), Some("status"));
        assert_eq!(
            invalid.message,
            "status: is no status of customers; it must be one of: prospect, active, suspended, terminated"
        );

        for good in [json!({"status": "active"}), json!({"status": null}), json!({})] {
            assert_eq!(unknown(EntityType::Customers, &map(&good)), None);
        }
        assert!(unknown(EntityType::Customers, &map(&json!({"status": 5}))).is_some());
    }

    #[test]
    fn a_balance_is_what_was_not_paid_in_full_digits() {
        let invoice = map(&json!({"total_amount": 100.01, "paid_amount": 100.01}));
        assert!(!balance_due(&invoice, &Map::new()));
        assert!(balance_due(&invoice, &map(&json!({"paid_amount": "100.00"}))));
        assert!(!balance_due(&map(&json!({"paid_amount": 1})), &Map::new()), "nobody knows");
    }
}
