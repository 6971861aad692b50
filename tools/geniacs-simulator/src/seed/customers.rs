//! Customers.

use super::SeedItem;
use super::people::{email_address, full_name, phone_number, random_address, random_place};
use crate::random::Random;
use serde_json::{Value, json};

pub(super) fn customer_fields(item: &SeedItem<'_>, random: &mut Random) -> Value {
    let name = full_name(random);
    let place = random_place(random);

    json!({
        "customer_code": item.key("C"),
        "customer_email": email_address(&name, item.number, random),
        "customer_phone": phone_number(random),
        "customer_address": random_address(random),
        "customer_city": place.city,
        "customer_province": place.province,
        "customer_postal_code": format!("{}{:03}", place.postal_area, random.below(1_000)),
        "customer_status": random_status(random),
        "customer_type": if random.below(10) == 0 { "business" } else { "residential" },
        "customer_registration_date": item.calendar.days_ago(30 + random.up_to(1_500)),
        "customer_name": name,
    })
}

fn random_status(random: &mut Random) -> &'static str {
    match random.below(20) {
        0 => "prospect",
        1 => "suspended",
        2 => "terminated",
        _ => "active",
    }
}
