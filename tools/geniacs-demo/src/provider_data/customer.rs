//! Customers: names, addresses and telephone numbers as they were once typed.

use super::contact;
use super::{CopyLine, Provider, Random, business, name, place};
use chrono::{Days, NaiveDate};
use domain::EntityType;

pub(super) const COLUMNS: &str = "customer_code, name, email, phone, address, city, province, postal_code, latitude, \
     longitude, status, customer_type, company_name, tax_id, registration_date, balance, notes";

/// One customer in so many cannot be sent to a partner that wants an e-mail address.
pub(super) const FAILING: u64 = 100;
/// The span of registration dates.
const DAYS: u64 = 2_500;

/// A row of the table `customers`, as far as a provider fills it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Customer {
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) status: &'static str,
    pub(super) registered: NaiveDate,
    pub(super) balance: String,
    code: String,
    address: String,
    city: &'static str,
    province: &'static str,
    postal_code: String,
    latitude: String,
    longitude: String,
    kind: &'static str,
    company_name: Option<String>,
    tax_id: Option<String>,
    notes: Option<&'static str>,
}

impl Provider {
    /// Whether the customer of this number has an e-mail address that fails validation, or none.
    pub(crate) fn fails_validation(&self, number: u64) -> bool {
        number.wrapping_add(self.seed).is_multiple_of(FAILING)
    }

    pub(super) fn customer(&self, index: u64) -> Customer {
        let number = self.customers.number(index);
        let random = &mut self.random(EntityType::Customers, number);

        let name = name::full_name(random);
        let email = contact::email_address(&name, number, self.fails_validation(number), random);
        let place = place::Place::pick(random);

        let kind = random.weighted(&[(880, "residential"), (100, "business"), (20, "enterprise")]);
        let is_company = kind != "residential";

        Customer {
            code: format!("CUST-{number:06}"),
            email,
            phone: contact::phone_number(random),
            address: place::random_street(random),
            city: place.city,
            province: place.province,
            postal_code: place.postal_code(random),
            latitude: place.latitude(random),
            longitude: place.longitude(random),
            status: random.weighted(&[(850, "active"), (70, "suspended"), (50, "terminated"), (30, "prospect")]),
            kind,
            company_name: is_company.then(|| business::company_name(random)),
            tax_id: is_company.then(|| business::tax_id(random)),
            registered: registration_date(random),
            balance: random_balance(random),
            notes: random.chance(20).then(|| random.pick(NOTES)),
            name,
        }
    }
}

impl Customer {
    pub(super) fn write(&self, line: &mut CopyLine<'_>) {
        line.value(&self.code).value(&self.name).optional(self.email.as_ref()).optional(self.phone.as_ref());
        line.value(&self.address).value(self.city).value(self.province).value(&self.postal_code);
        line.value(&self.latitude).value(&self.longitude).value(self.status).value(self.kind);
        line.optional(self.company_name.as_ref()).optional(self.tax_id.as_ref()).value(self.registered);
        line.value(&self.balance).optional(self.notes);
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

fn registration_date(random: &mut Random) -> NaiveDate {
    let first = NaiveDate::from_ymd_opt(2019, 1, 1).unwrap_or_default();
    first.checked_add_days(Days::new(random.below(DAYS))).unwrap_or(first)
}

/// Rupiah with two decimals: mostly nothing, else a debt or some credit.
fn random_balance(random: &mut Random) -> String {
    let sign = random.weighted(&[(700, ""), (200, "-"), (100, "+")]);
    let cents = if random.chance(50) { random.below(100) } else { 0 };
    match sign {
        "" => "0.00".to_owned(),
        "-" => format!("-{}000.{cents:02}", 50 + random.below(950)),
        _ => format!("{}000.{cents:02}", 10 + random.below(490)),
    }
}
