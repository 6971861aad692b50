//! Subscriptions of customers.

use super::calendar::{days_after, moment_of, month_before, this_month, written_moment};
use super::contact::local_part;
use super::{CopyLine, Provider, Random};
use chrono::{Months, NaiveDate};
use domain::EntityType;

pub(super) const COLUMNS: &str = "subscription_code, customer_id, nas_server_id, username, plan_name, status, start_date, \
     end_date, next_billing_date, price, billing_cycle, auto_renew, download_kbps, upload_kbps, assigned_ip, \
     assigned_mac, activated_at, suspended_at, terminated_at";

/// A plan, its rupiah a month, and its speed down in kbit/s.
type SubscriptionPlan = (&'static str, u64, u64);
const PLANS: &[(u64, SubscriptionPlan)] = &[
    (300, ("Rumah 20 Mbps", 165_000, 20_480)),
    (280, ("Rumah 30 Mbps", 199_000, 30_720)),
    (180, ("Rumah 50 Mbps", 275_000, 51_200)),
    (120, ("Rumah 100 Mbps", 389_000, 102_400)),
    (80, ("Usaha 50 Mbps", 550_000, 51_200)),
    (30, ("Usaha 200 Mbps", 1_250_000, 204_800)),
    (10, ("Dedicated 1 Gbps", 15_500_000, 1_048_576)),
];

/// A row of the table `customer_subscriptions`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Subscription {
    pub(super) customer: u64,
    pub(super) nas_server_id: Option<i64>,
    /// Rupiah for a billing cycle.
    pub(super) price: u64,
    customer_id: i64,
    number: u64,
    username: String,
    plan: SubscriptionPlan,
    status: &'static str,
    cycle: &'static str,
    auto_renew: bool,
    start: Option<NaiveDate>,
    mac: String,
    end: Option<NaiveDate>,
}

impl Provider {
    pub(super) fn subscription(&self, index: u64) -> Subscription {
        let number = self.subscriptions.number(index);
        let random = &mut self.random(EntityType::Subscriptions, number);

        // Every customer has one before any has two.
        let customers = self.customers.count;
        let customer = if index < customers { index } else { random.below(customers) };

        let owner = self.customer(customer);
        let status = subscription_status(owner.status, random);
        let start = days_after(owner.registered, random.below(14));
        let plan = random.weighted(PLANS);
        let (cycle, months) = random.weighted(&[(900, ("monthly", 1)), (60, ("quarterly", 3)), (40, ("yearly", 12))]);

        Subscription {
            customer,
            customer_id: self.customers.id(customer),
            nas_server_id: (self.nas_servers.count > 0)
                .then(|| self.nas_servers.id(random.below(self.nas_servers.count))),
            price: plan.1 * months,
            number,
            username: format!("{}{number}@pelanggan", local_part(&owner.name)),
            plan,
            status,
            cycle,
            auto_renew: status == "active" && random.chance(900),
            start: (status != "pending").then_some(start),
            mac: random_mac(random),
            end: matches!(status, "expired" | "terminated").then(|| month_before(1 + small_number(random, 6))),
        }
    }
}

/// A status that fits the customer's own.
fn subscription_status(owner: &str, random: &mut Random) -> &'static str {
    match owner {
        "prospect" => "pending",
        "suspended" => "suspended",
        "terminated" => "terminated",
        _ => random.weighted(&[(950, "active"), (25, "suspended"), (25, "expired")]),
    }
}

fn small_number(random: &mut Random, bound: u64) -> u32 {
    u32::try_from(random.below(bound)).unwrap_or_default()
}

/// An address that no manufacturer gives.
fn random_mac(random: &mut Random) -> String {
    let parts: Vec<String> = (0..5).map(|_| format!("{:02x}", random.below(256))).collect();
    format!("02:{}", parts.join(":"))
}

impl Subscription {
    pub(super) fn write(&self, line: &mut CopyLine<'_>) {
        let (plan, _, down) = self.plan;
        let active = self.status == "active";
        let activated = self.start.map(|day| written_moment(moment_of(day, 3 * 3_600 + self.number % 28_800)));
        let ended = |status| {
            (self.status == status).then(|| written_moment(moment_of(self.end.unwrap_or(month_before(1)), 61)))
        };

        line.value(format_args!("SUB-{:06}", self.number)).value(self.customer_id).optional(self.nas_server_id);
        line.value(&self.username).value(plan).value(self.status).optional(self.start).optional(self.end);
        line.optional(active.then(|| self.next_billing())).value(format_args!("{}.00", self.price)).value(self.cycle);
        line.value(self.auto_renew).value(down).value(down / 2).optional(active.then(|| self.address()));
        line.value(&self.mac).optional(activated).optional(ended("suspended")).optional(ended("terminated"));
    }

    fn next_billing(&self) -> NaiveDate {
        let months = match self.cycle {
            "monthly" => 1,
            "quarterly" => 3,
            _ => 12,
        };
        this_month().checked_add_months(Months::new(months)).unwrap_or_default()
    }

    /// Behind the provider's own translation of addresses.
    fn address(&self) -> String {
        let number = self.number;
        format!("100.{}.{}.{}", 64 + number / 62_500 % 64, number / 250 % 250, 1 + number % 250)
    }
}
