//! Payments of customers, and attempts at them.

use super::calendar::written_moment;
use super::invoice::{Invoice, InvoiceOutcome};
use super::{CopyLine, Provider, Random};
use chrono::{DateTime, Duration, Utc};
use domain::EntityType;

pub(super) const COLUMNS: &str = "transaction_id, invoice_id, customer_id, payment_gateway, payment_method, payment_type, \
     amount, fee_amount, net_amount, status, reference_number, paid_at, failed_at, refunded_at, refund_amount, \
     gateway_response";

/// A gateway, a method, and its fee in rupiah.
type Way = (&'static str, &'static str, u64);
const WAYS: &[(u64, Way)] = &[
    (300, ("midtrans", "qris", 1_500)),
    (200, ("midtrans", "bca_va", 4_000)),
    (100, ("midtrans", "gopay", 2_500)),
    (150, ("tripay", "bri_va", 4_250)),
    (100, ("tripay", "alfamart", 3_500)),
    (80, ("bank_transfer", "mandiri", 0)),
    (70, ("manual", "tunai", 0)),
];

/// A row of the table `payments`. Money is in whole rupiah.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Payment {
    pub(super) status: &'static str,
    pub(super) amount: u64,
    pub(super) invoice: u64,
    invoice_id: i64,
    customer_id: i64,
    number: u64,
    way: Way,
    kind: &'static str,
    at: DateTime<Utc>,
    reference: String,
}

impl Provider {
    pub(super) fn payment(&self, index: u64) -> Payment {
        let number = self.payments.number(index);
        let random = &mut self.random(EntityType::Payments, number);
        let invoice = index * self.invoices.count / self.payments.count.max(1);
        let bill = self.invoice(invoice);

        // The last one tells how the invoice ended; those before it were tried in vain.
        let last = self.payments_of(invoice).end;
        let status = if index + 1 == last { payment_status(&bill, random) } else { "failed" };

        Payment {
            status,
            amount: if bill.outcome == InvoiceOutcome::PartlyPaid { bill.paid } else { bill.total },
            invoice,
            invoice_id: self.invoices.id(invoice),
            customer_id: bill.customer_id,
            number,
            way: random.weighted(WAYS),
            kind: if bill.outcome == InvoiceOutcome::PartlyPaid { "partial" } else { "full" },
            at: bill.settled_at - Duration::hours(i64::try_from(last - index - 1).unwrap_or_default()),
            reference: format!("{}{number}", random.digits(10)),
        }
    }
}

fn payment_status(bill: &Invoice, random: &mut Random) -> &'static str {
    match bill.outcome {
        InvoiceOutcome::Paid | InvoiceOutcome::PartlyPaid => "success",
        InvoiceOutcome::Awaited => random.pick(&["pending", "processing"]),
        InvoiceOutcome::Refunded => "refunded",
        InvoiceOutcome::Refused | InvoiceOutcome::Unpaid(_) => random.pick(&["failed", "expired", "cancelled"]),
    }
}

impl Payment {
    pub(super) fn write(&self, line: &mut CopyLine<'_>) {
        let (gateway, method, fee) = self.way;
        let came = matches!(self.status, "success" | "refunded");
        let refunded = self.status == "refunded";

        line.value(format_args!("PAY-{:06}", self.number)).value(self.invoice_id).value(self.customer_id);
        line.value(gateway).value(method).value(self.kind).value(format_args!("{}.00", self.amount));
        line.value(format_args!("{fee}.00")).value(format_args!("{}.00", self.amount - fee)).value(self.status);
        line.value(&self.reference).optional(came.then(|| written_moment(self.at)));
        line.optional((self.status == "failed").then(|| written_moment(self.at)));
        line.optional(refunded.then(|| written_moment(self.at + Duration::days(2))));
        line.value(format_args!("{}.00", if refunded { self.amount } else { 0 }));
        line.value(format_args!("{{\"channel\": \"{method}\", \"reference\": \"{}\"}}", self.reference));
    }
}
