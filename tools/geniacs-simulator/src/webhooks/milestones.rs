//! `payment.completed` and `subscription.activated`.

use super::EventAction;
use crate::app::App;
use crate::store::rfc3339;
use domain::EntityType;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::str::FromStr;

/// What a completed payment pays: an invoice's id, and how much.
pub(super) type Paid = (String, Decimal);

/// Whether a record is one that can still reach the milestone.
pub(super) fn is_due(kind: EventAction, fields: impl FnOnce() -> Map<String, Value>) -> bool {
    match kind {
        EventAction::Completed => {
            matches!(status_field(&fields(), "payment_status"), "" | "pending" | "processing")
        }
        EventAction::Activated => {
            matches!(status_field(&fields(), "subscription_status"), "" | "pending" | "suspended")
        }
        EventAction::Created | EventAction::Updated | EventAction::Deleted => true,
    }
}

fn status_field<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// What changes at `now`: the Geniacs field, the provider's column, the new value.
pub(super) fn milestone_fields(kind: EventAction, now: i64) -> Vec<(&'static str, &'static str, Value)> {
    let now = Value::from(rfc3339(now));

    match kind {
        EventAction::Completed => {
            vec![("payment_status", "status", Value::from("success")), ("payment_paid_at", "paid_at", now)]
        }
        EventAction::Activated => {
            vec![
                ("subscription_status", "status", Value::from("active")),
                ("subscription_activated_at", "activated_at", now),
            ]
        }
        EventAction::Created | EventAction::Updated | EventAction::Deleted => Vec::new(),
    }
}

/// What a payment pays, if it names an invoice.
pub(super) fn paid_money(payment: &Map<String, Value>) -> Option<Paid> {
    let invoice = payment.get("invoice_id")?.as_str()?.to_owned();
    Some((invoice, amount_field(payment, "payment_amount")?))
}

/// Counts the money on the invoices.
pub(super) fn settle_invoices(app: &App, paid: Vec<Paid>) {
    if paid.is_empty() {
        return;
    }

    let mut invoices = app.store(EntityType::Invoices);
    for (invoice, money) in paid {
        let Some(place) = invoices.find_live(&invoice) else { continue };
        let fields = invoices.fields(place);

        let total = amount_field(&fields, "invoice_total_amount").unwrap_or(money);
        let sum = amount_field(&fields, "invoice_paid_amount").unwrap_or_default() + money;
        invoices.assign(place, |now| paid_fields(total, sum, now));
    }
}

fn paid_fields(total: Decimal, paid: Decimal, now: i64) -> Vec<(&'static str, &'static str, Value)> {
    let whole = paid >= total;
    let mut fields = vec![
        ("invoice_paid_amount", "paid_amount", rupiah_amount(paid.min(total))),
        ("invoice_status", "status", Value::from(if whole { "paid" } else { "partially_paid" })),
    ];

    if whole {
        fields.push(("invoice_paid_at", "paid_at", Value::from(rfc3339(now))));
    }

    fields
}

fn amount_field(fields: &Map<String, Value>, name: &str) -> Option<Decimal> {
    Decimal::from_str(&fields.get(name)?.as_number()?.to_string()).ok()
}

fn rupiah_amount(amount: Decimal) -> Value {
    serde_json::from_str(&format!("{amount:.2}")).unwrap_or(Value::Null)
}
