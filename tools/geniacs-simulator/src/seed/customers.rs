//! Customers.

use super::Item;
use super::people::{address, email, full_name, phone, place};
use crate::random::Random;
use serde_json::{Value, json};

pub(super) fn fields(item: &Item<'_>, random: &mut Random) -> Value {
    let name = full_name(random);
    let place = place(random);

    json!({
        "customer_code": item.key("C"),
        "customer_email": email(&name, item.number, random),
        "customer_phone": phone(random),
        "customer_address": address(random),
        "customer_city": place.city,
        "customer_province": place.province,
        "customer_postal_code": format!("{}{:03}", place.postal_area, random.below(1_000)),
        "customer_status": status(random),
        "customer_type": if random.below(10) == 0 { "business" } else { "residential" },
        "customer_registration_date": item.calendar.days_ago(30 + random.up_to(1_500)),
        "customer_name": name,
    })
}

fn status(random: &mut Random) -> &'static str {
    match random.below(20) {
        0 => "prospect",
        1 => "suspended",
        2 => "terminated",
        _ => "active",
    }
}
