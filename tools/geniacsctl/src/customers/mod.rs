//! A provider's customers, made up: Indonesian names, addresses and telephone numbers, with the share of flaws that real
//! data has. A seed makes the same bytes every time, on every machine, in every version: other programs' expectations rest
//! on it.
//!
//! One customer in a hundred has an e-mail address that fails validation, or none ([`Generator::fails_validation`]).

mod business;
mod contact;
mod copy_line;
mod name;
mod place;
mod random;

pub(crate) use contact::phone_like_new;
pub(crate) use copy_line::COPY_COLUMNS;

use chrono::{Days, NaiveDate};
use random::Random;

/// One customer in so many cannot be sent to a partner that wants an e-mail address.
const FAILING: u64 = 100;
/// The span of registration dates.
const DAYS: u64 = 2_500;

/// Makes customers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Generator {
    seed: u64,
}

/// A row of the table `customers`, as far as a provider fills it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Customer {
    code: String,
    name: String,
    email: Option<String>,
    phone: Option<String>,
    address: String,
    city: &'static str,
    province: &'static str,
    postal_code: String,
    latitude: String,
    longitude: String,
    status: &'static str,
    kind: &'static str,
    company_name: Option<String>,
    tax_id: Option<String>,
    registration_date: String,
    balance: String,
    notes: Option<&'static str>,
}

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// Whether the customer of this number has an e-mail address that fails validation, or none.
    pub(crate) fn fails_validation(self, number: u64) -> bool {
        number.wrapping_add(self.seed).is_multiple_of(FAILING)
    }

    /// The customer of a number, whatever was made before.
    pub(crate) fn customer(self, number: u64) -> Customer {
        let random = &mut Random::of_item(self.seed, number);
        let name = name::full_name(random);
        let email = contact::email(&name, number, self.fails_validation(number), random);
        let place = place::Place::pick(random);
        let kind = random.weighted(&[(880, "residential"), (100, "business"), (20, "enterprise")]);
        let is_company = kind != "residential";
        Customer {
            code: format!("CUST-{number:06}"),
            email,
            phone: contact::phone(random),
            address: place::street(random),
            city: place.city,
            province: place.province,
            postal_code: place.postal_code(random),
            latitude: place.latitude(random),
            longitude: place.longitude(random),
            status: random.weighted(&[(850, "active"), (70, "suspended"), (50, "terminated"), (30, "prospect")]),
            kind,
            company_name: is_company.then(|| business::company(random)),
            tax_id: is_company.then(|| business::tax_id(random)),
            registration_date: registration_date(random),
            balance: balance(random),
            notes: random.chance(20).then(|| random.pick(NOTES)),
            name,
        }
    }
}

const NOTES: &[&str] = &[
    "Pasang baru, minta kabel lewat belakang",
    "Bayar tunai tiap tanggal 5",
    "Pelanggan pindahan dari paket lama",
    "Rumah pagar hijau,\ndepan masjid",
    "Hubungi lewat WhatsApp\tsetelah jam 17:00",
    "Perangkat milik pelanggan \\ bukan sewa",
];

fn registration_date(random: &mut Random) -> String {
    let first = NaiveDate::from_ymd_opt(2019, 1, 1).unwrap_or_default();
    let date = first.checked_add_days(Days::new(random.below(DAYS))).unwrap_or(first);
    date.to_string()
}

/// Rupiah with two decimals: mostly nothing, else a debt or some credit.
fn balance(random: &mut Random) -> String {
    let sign = random.weighted(&[(700, ""), (200, "-"), (100, "+")]);
    let cents = if random.chance(50) { random.below(100) } else { 0 };
    match sign {
        "" => "0.00".to_owned(),
        "-" => format!("-{}000.{cents:02}", 50 + random.below(950)),
        _ => format!("{}000.{cents:02}", 10 + random.below(490)),
    }
}

#[cfg(test)]
mod tests;
