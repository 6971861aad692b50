//! Money asked for, and money received.

use super::{currency, date, number, one_of, reference, status_of, text};
use crate::FieldMapping;
use domain::EntityType;
use serde_json::json;

pub(super) fn invoice_mappings() -> Vec<FieldMapping> {
    const TYPES: [&str; 6] = ["subscription", "setup_fee", "installation", "upgrade", "penalty", "other"];
    vec![
        number("total_amount", "invoice_total_amount").required().valid(json!({"required": true})),
        status_of(EntityType::Invoices, "invoice_status"),
        reference(EntityType::Customers),
        reference(EntityType::Subscriptions),
        text("invoice_number", "invoice_number"),
        one_of("type", "invoice_type", &TYPES),
        number("amount", "invoice_amount"),
        number("tax_amount", "invoice_tax_amount"),
        number("discount_amount", "invoice_discount_amount"),
        number("paid_amount", "invoice_paid_amount"),
        currency("invoice_currency"),
        date("issued_at", "invoice_issued_at"),
        date("due_date", "invoice_due_date"),
        date("paid_at", "invoice_paid_at"),
        date("period_start", "invoice_period_start"),
        date("period_end", "invoice_period_end"),
    ]
}

pub(super) fn payment_mappings() -> Vec<FieldMapping> {
    vec![
        number("amount", "payment_amount").required().valid(json!({"required": true, "min": 0})),
        text("status", "payment_status").required().valid(json!({"required": true})),
        reference(EntityType::Invoices),
        reference(EntityType::Customers),
        text("transaction_id", "payment_transaction_id"),
        one_of("payment_gateway", "payment_gateway", &["midtrans", "tripay", "manual", "bank_transfer"]),
        text("payment_method", "payment_method"),
        one_of("payment_type", "payment_type", &["full", "partial", "installment"]),
        number("fee_amount", "payment_fee_amount"),
        number("net_amount", "payment_net_amount"),
        currency("payment_currency"),
        text("reference_number", "payment_reference_number"),
        date("paid_at", "payment_paid_at"),
        date("failed_at", "payment_failed_at"),
        date("refunded_at", "payment_refunded_at"),
        number("refund_amount", "payment_refund_amount"),
    ]
}
