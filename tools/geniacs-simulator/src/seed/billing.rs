//! Invoices and payments that agree with each other.

use super::calendar::{days_after, moment_at};
use super::{SeedItem, rupiah_value};
use crate::random::Random;
use serde_json::{Value, json};

/// What an invoice without a subscription asks for.
const USUAL_PRICE: u64 = 265_000;

pub(super) fn invoice_fields(item: &SeedItem<'_>, random: &mut Random) -> Value {
    let period = item.calendar.months_ago(1 + random.up_to(6));
    let issued = moment_at(period, 3_600 * random.up_to(24));

    let amount = item.links.amount.unwrap_or(USUAL_PRICE);
    let tax = amount * 11 / 100;
    let total = amount + tax;

    let status = invoice_status(random);
    let paid = match status {
        "paid" => total,
        "partially_paid" => total / 2,
        _ => 0,
    };

    json!({
        "customer_id": item.links.customer,
        "subscription_id": item.links.subscription,
        "invoice_number": item.key("INV"),
        "invoice_type": "subscription",
        "invoice_amount": rupiah_value(amount),
        "invoice_tax_amount": rupiah_value(tax),
        "invoice_discount_amount": rupiah_value(0),
        "invoice_total_amount": rupiah_value(total),
        "invoice_paid_amount": rupiah_value(paid),
        "invoice_currency": "IDR",
        "invoice_issued_at": issued,
        "invoice_due_date": days_after(period, 20),
        "invoice_paid_at": (status == "paid").then(|| moment_at(period, 86_400 + random.up_to(25 * 86_400))),
        "invoice_period_start": period,
        "invoice_period_end": days_after(period, 27),
        "invoice_status": status,
    })
}

pub(super) fn payment_fields(item: &SeedItem<'_>, random: &mut Random) -> Value {
    let due = item.links.amount.unwrap_or(USUAL_PRICE);

    let (amount, status, kind) = match item.links.status.as_deref() {
        Some("paid") => (due, "success", "full"),
        Some("partially_paid") => (due / 2, "success", "partial"),
        _ => (due, open_status(random), "full"),
    };

    let (gateway, method) = *random.choose(&[
        ("midtrans", "gopay"),
        ("midtrans", "qris"),
        ("tripay", "bca_virtual_account"),
        ("bank_transfer", "mandiri"),
        ("manual", "cash"),
    ]);
    let fee = if gateway == "manual" { 0 } else { 4_000 };

    json!({
        "customer_id": item.links.customer,
        "invoice_id": item.links.invoice,
        "payment_transaction_id": item.key("TRX"),
        "payment_gateway": gateway,
        "payment_method": method,
        "payment_type": kind,
        "payment_amount": rupiah_value(amount),
        "payment_currency": "IDR",
        "payment_fee_amount": rupiah_value(fee),
        "payment_net_amount": rupiah_value(amount.saturating_sub(fee)),
        "payment_refund_amount": rupiah_value(0),
        "payment_status": status,
        "payment_reference_number": format!("REF{:012}", random.up_to(1_000_000_000_000)),
        "payment_paid_at": (status == "success").then(|| item.links.paid_at.clone().unwrap_or_else(|| lately_paid(item, random))),
        "payment_failed_at": (status == "failed").then(|| lately_paid(item, random)),
        "payment_refunded_at": Value::Null,
    })
}

fn invoice_status(random: &mut Random) -> &'static str {
    match random.below(10) {
        0 => "sent",
        1 => "overdue",
        2 => "partially_paid",
        _ => "paid",
    }
}

/// The status of a payment of an invoice that still waits for its money.
fn open_status(random: &mut Random) -> &'static str {
    match random.below(4) {
        0 => "failed",
        1 => "processing",
        _ => "pending",
    }
}

fn lately_paid(item: &SeedItem<'_>, random: &mut Random) -> String {
    item.calendar.seconds_ago(1 + random.up_to(20 * 86_400))
}
