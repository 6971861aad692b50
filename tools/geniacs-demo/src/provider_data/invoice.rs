//! Invoices, and how far they were paid.

use super::calendar::{days_after, last_day, moment_of, month_before, written_moment};
use super::{CopyLine, Provider, Random};
use chrono::{DateTime, NaiveDate, Utc};
use domain::EntityType;
use std::ops::Range;

pub(super) const COLUMNS: &str = "invoice_number, customer_id, subscription_id, type, amount, tax_amount, \
     discount_amount, total_amount, paid_amount, issued_at, due_date, paid_at, period_start, period_end, status";

/// Six years: there are no older invoices.
const MONTHS: u64 = 72;

/// How an invoice ended so far, which its last payment tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InvoiceOutcome {
    Paid,
    PartlyPaid,
    /// The payment is under way.
    Awaited,
    /// The payment came to nothing.
    Refused,
    Refunded,
    /// Nobody tried to pay; the invoice's status.
    Unpaid(&'static str),
}

/// A row of the table `invoices`. Money is in whole rupiah.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Invoice {
    pub(super) customer_id: i64,
    pub(super) outcome: InvoiceOutcome,
    pub(super) total: u64,
    /// The money that came in, and stayed.
    pub(super) paid: u64,
    /// When the last payment was tried.
    pub(super) settled_at: DateTime<Utc>,
    subscription_id: Option<i64>,
    number: u64,
    kind: &'static str,
    amount: u64,
    tax: u64,
    discount: u64,
    month: NaiveDate,
    due_days: u64,
}

impl Provider {
    pub(super) fn invoice(&self, index: u64) -> Invoice {
        let number = self.invoices.number(index);
        let random = &mut self.random(EntityType::Invoices, number);

        let bearers = if self.subscriptions.count > 0 { &self.subscriptions } else { &self.customers };
        let (bearer, months) = (index % bearers.count.max(1), index / bearers.count.max(1) % MONTHS);
        let month = month_before(u32::try_from(months).unwrap_or_default());

        let subscription = (self.subscriptions.count > 0).then(|| self.subscription(bearer));
        let customer = subscription.as_ref().map_or(bearer, |subscription| subscription.customer);

        let (kind, amount) = kind_and_amount(subscription.map(|subscription| subscription.price), random);
        let (tax, discount) = (amount * 11 / 100, if random.chance(80) { 10_000 } else { 0 });
        let total = amount + tax - discount;
        let outcome = random_outcome(!self.payments_of(index).is_empty(), random);

        Invoice {
            customer_id: self.customers.id(customer),
            outcome,
            total,
            paid: match outcome {
                InvoiceOutcome::Paid => total,
                InvoiceOutcome::PartlyPaid => total / 2_000 * 1_000,
                _ => 0,
            },
            settled_at: moment_of(month, 86_400 + random.below(9 * 86_400)),
            subscription_id: (self.subscriptions.count > 0).then(|| self.subscriptions.id(bearer)),
            number,
            kind,
            amount,
            tax,
            discount,
            month,
            due_days: 9 + random.below(11),
        }
    }

    /// The payments of an invoice: spread evenly, so that each invoice has one before any has two.
    pub(super) fn payments_of(&self, index: u64) -> Range<u64> {
        let (payments, invoices) = (self.payments.count, self.invoices.count.max(1));
        (index * payments).div_ceil(invoices)..((index + 1) * payments).div_ceil(invoices)
    }
}

fn kind_and_amount(price: Option<u64>, random: &mut Random) -> (&'static str, u64) {
    let once = [(20, ("installation", 350_000)), (10, ("setup_fee", 150_000)), (10, ("upgrade", 100_000))];
    let rest = [(15, ("penalty", 50_000)), (5, ("other", 75_000))];
    let monthly = (if price.is_some() { 940 } else { 0 }, ("subscription", price.unwrap_or_default()));
    random.weighted(&[monthly, once[0], once[1], once[2], rest[0], rest[1]])
}

fn random_outcome(has_payment: bool, random: &mut Random) -> InvoiceOutcome {
    if has_payment {
        return random.weighted(&[
            (880, InvoiceOutcome::Paid),
            (40, InvoiceOutcome::PartlyPaid),
            (30, InvoiceOutcome::Awaited),
            (35, InvoiceOutcome::Refused),
            (15, InvoiceOutcome::Refunded),
        ]);
    }
    InvoiceOutcome::Unpaid(random.weighted(&[(350, "sent"), (500, "overdue"), (100, "cancelled"), (50, "draft")]))
}

impl Invoice {
    fn status(&self) -> &'static str {
        match self.outcome {
            InvoiceOutcome::Paid => "paid",
            InvoiceOutcome::PartlyPaid => "partially_paid",
            InvoiceOutcome::Awaited => "sent",
            InvoiceOutcome::Refused => "overdue",
            InvoiceOutcome::Refunded => "refunded",
            InvoiceOutcome::Unpaid(status) => status,
        }
    }

    pub(super) fn write(&self, line: &mut CopyLine<'_>) {
        let status = self.status();
        let issued = (status != "draft").then(|| written_moment(moment_of(self.month, 1_800)));
        let paid_at = (self.outcome == InvoiceOutcome::Paid).then(|| written_moment(self.settled_at));

        line.value(format_args!("INV-{:06}", self.number)).value(self.customer_id).optional(self.subscription_id);
        line.value(self.kind);

        for money in [self.amount, self.tax, self.discount, self.total, self.paid] {
            line.value(format_args!("{money}.00"));
        }

        line.optional(issued).value(days_after(self.month, self.due_days)).optional(paid_at);
        line.value(self.month).value(last_day(self.month)).value(status);
    }
}
