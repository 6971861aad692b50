//! NAS servers.

use super::SeedItem;
use super::people::random_place;
use crate::random::Random;
use serde_json::{Value, json};

pub(super) fn nas_server_fields(item: &SeedItem<'_>, random: &mut Random) -> Value {
    let place = random_place(random);
    let number = item.number;

    json!({
        "nas_server_name": format!("gx-nas-{}-{number:03}.example", item.seed),
        "nas_server_short_name": format!("gx-{}-{number}", place.code),
        "nas_server_type": *random.choose(&["mikrotik", "cisco", "other"]),
        "nas_server_ports": 1_812,
        "nas_server_description": format!("BRAS {}", place.city),
        "nas_server_ip_address": format!("10.{}.{}.{}", (number >> 14) % 256, (number >> 6) % 256, 1 + (number % 64) * 3),
        "nas_server_api_port": 8_728,
        "nas_server_status": if random.below(20) == 0 { "maintenance" } else { "online" },
        "nas_server_location": format!("POP {}, {}", place.city, place.province),
        "nas_server_last_seen_at": item.calendar.seconds_ago(random.up_to(3_600)),
    })
}
