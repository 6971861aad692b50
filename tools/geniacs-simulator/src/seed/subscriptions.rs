//! Subscriptions.

use super::calendar::{days_after, moment_at};
use super::{SeedItem, rupiah_value};
use crate::random::Random;
use serde_json::{Value, json};

/// Name, rupiah a month, kbit/s down and up.
const PLANS: &[(&str, u64, u64, u64)] = &[
    ("Home 10 Mbps", 165_000, 10_240, 3_072),
    ("Home 20 Mbps", 215_000, 20_480, 5_120),
    ("Home 30 Mbps", 265_000, 30_720, 10_240),
    ("Home 50 Mbps", 325_000, 51_200, 15_360),
    ("Family 100 Mbps", 425_000, 102_400, 30_720),
    ("Gamer 200 Mbps", 675_000, 204_800, 102_400),
    ("Bisnis 50 Mbps", 750_000, 51_200, 51_200),
    ("Bisnis 100 Mbps", 1_350_000, 102_400, 102_400),
];

pub(super) fn subscription_fields(item: &SeedItem<'_>, random: &mut Random) -> Value {
    let (plan, price, down, up) = PLANS[random.below(PLANS.len())];
    let start = item.calendar.days_ago(60 + random.up_to(1_000));
    let next = days_after(item.calendar.days_ago(0), random.up_to(28));
    let status = random_status(random);

    json!({
        "customer_id": item.links.customer,
        "nas_server_id": item.links.nas_server,
        "subscription_code": item.key("S"),
        // Usernames are written in lower case everywhere.
        "subscription_username": format!("gx-{}-{:06}@pppoe.example", item.seed, item.number),
        "subscription_plan": plan,
        "subscription_status": status,
        "subscription_start_date": start,
        "subscription_end_date": (status == "expired").then(|| item.calendar.days_ago(random.up_to(30))),
        "subscription_next_billing_date": next,
        "subscription_price": rupiah_value(price),
        "subscription_currency": "IDR",
        "subscription_billing_cycle": "monthly",
        "subscription_auto_renew": random.below(10) > 0,
        "subscription_download_kbps": down,
        "subscription_upload_kbps": up,
        "subscription_assigned_ip": ip_address(item.number),
        "subscription_assigned_mac": random_mac(random),
        "subscription_suspended_at": (status == "suspended").then(|| item.calendar.seconds_ago(random.up_to(2_592_000))),
        "subscription_terminated_at": Value::Null,
        "subscription_activated_at": (status != "pending").then(|| moment_at(start, random.up_to(86_400))),
    })
}

fn random_status(random: &mut Random) -> &'static str {
    match random.below(20) {
        0 => "pending",
        1 | 2 => "suspended",
        3 => "expired",
        _ => "active",
    }
}

/// An address of carrier-grade NAT, one each for the first four million.
fn ip_address(number: u64) -> String {
    format!("100.{}.{}.{}", 64 + (number >> 16) % 64, (number >> 8) % 256, number % 256)
}

/// A locally administered address.
fn random_mac(random: &mut Random) -> String {
    let bytes = random.next().to_be_bytes();
    format!("02:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", bytes[0], bytes[1], bytes[2], bytes[3], bytes[4])
}
