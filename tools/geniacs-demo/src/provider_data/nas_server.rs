//! Network access servers, as FreeRADIUS knows them.

use super::calendar::{moment_of, this_month, written_moment};
use super::place::Place;
use super::{CopyLine, Provider};
use domain::EntityType;

pub(super) const COLUMNS: &str = "nasname, shortname, type, ports, secret, server, community, description, ip_address, \
     api_port, status, location, last_seen_at";

/// A row of the table `nas_servers`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NasServer {
    code: String,
    address: String,
    kind: &'static str,
    ports: u64,
    secret: String,
    place: Place,
    status: &'static str,
    last_seen_at: Option<String>,
}

impl Provider {
    pub(super) fn nas_server(&self, index: u64) -> NasServer {
        let number = self.nas_servers.number(index);
        let random = &mut self.random(EntityType::NasServers, number);
        let status = random.weighted(&[(900, "online"), (40, "offline"), (40, "maintenance"), (20, "disabled")]);

        NasServer {
            code: format!("NAS-{number:06}"),
            address: format!("10.{}.{}.{}", 20 + number / 62_500 % 200, number / 250 % 250, 1 + number % 250),
            kind: random.weighted(&[(800, "mikrotik"), (150, "cisco"), (50, "other")]),
            ports: random.weighted(&[(500, 1_024), (300, 2_048), (200, 4_096)]),
            secret: format!("rahasia-{}", random.digits(12)),
            place: Place::pick(random),
            status,
            last_seen_at: (status != "disabled").then(|| written_moment(moment_of(this_month(), random.below(86_400)))),
        }
    }
}

impl NasServer {
    pub(super) fn write(&self, line: &mut CopyLine<'_>) {
        let city = self.place.city;
        line.value(&self.address).value(&self.code).value(self.kind).value(self.ports).value(&self.secret);
        line.value(format_args!("radius-{}", city.to_lowercase().replace(' ', "-"))).value("publik");
        line.value(format_args!("BRAS {city}, {} {}", self.place.province, self.code)).value(&self.address);
        line.value(8_728).value(self.status).value(format_args!("POP {city}")).optional(self.last_seen_at.as_ref());
    }
}
