//! Indonesian names, places and numbers to make people from.

use crate::random::Random;

const FIRST: &[&str] = &[
    "Adi", "Agus", "Andi", "Bambang", "Bayu", "Budi", "Dewi", "Dian", "Eka", "Fajar", "Fitri", "Gita", "Hendra",
    "Indah", "Intan", "Joko", "Kartika", "Lestari", "Made", "Maya", "Nur", "Putri", "Rahmat", "Ratna", "Rina", "Rizky",
    "Sari", "Siti", "Sri", "Teguh", "Tri", "Wahyu", "Wati", "Wayan", "Yanti", "Yudi",
];
const LAST: &[&str] = &[
    "Anggraini",
    "Firmansyah",
    "Gunawan",
    "Halim",
    "Handayani",
    "Hidayat",
    "Iskandar",
    "Kurniawan",
    "Kusuma",
    "Lubis",
    "Maharani",
    "Nasution",
    "Nugroho",
    "Permata",
    "Pratama",
    "Purnomo",
    "Rahayu",
    "Ramadhan",
    "Saputra",
    "Setiawan",
    "Siregar",
    "Suharto",
    "Susanto",
    "Sutrisno",
    "Utami",
    "Wibowo",
    "Wijaya",
    "Wulandari",
    "Yulianto",
    "Zulkarnain",
];
/// Prefixes of Indonesian mobile numbers, without the leading zero.
const MOBILE: &[&str] = &["811", "812", "813", "815", "817", "821", "852", "853", "856", "857", "878", "895", "896"];
const DOMAINS: &[&str] = &["example.com", "example.net", "example.org"];

const STREETS: &[&str] = &[
    "Ahmad Yani",
    "Diponegoro",
    "Gajah Mada",
    "Gatot Subroto",
    "Imam Bonjol",
    "Kartini",
    "Merdeka",
    "Pahlawan",
    "Pemuda",
    "Sudirman",
    "Thamrin",
    "Veteran",
];

/// A town.
pub(crate) struct Place {
    pub(crate) city: &'static str,
    pub(crate) province: &'static str,
    /// The first two digits of its postal codes.
    pub(crate) postal_area: &'static str,
    /// Its airport, as networks like to name their sites.
    pub(crate) code: &'static str,
}

const fn town(city: &'static str, province: &'static str, postal_area: &'static str, code: &'static str) -> Place {
    Place { city, province, postal_area, code }
}

const PLACES: &[Place] = &[
    town("Jakarta Selatan", "DKI Jakarta", "12", "cgk"),
    town("Bandung", "Jawa Barat", "40", "bdo"),
    town("Semarang", "Jawa Tengah", "50", "srg"),
    town("Yogyakarta", "DI Yogyakarta", "55", "yia"),
    town("Surabaya", "Jawa Timur", "60", "sub"),
    town("Malang", "Jawa Timur", "65", "mlg"),
    town("Denpasar", "Bali", "80", "dps"),
    town("Medan", "Sumatera Utara", "20", "kno"),
    town("Palembang", "Sumatera Selatan", "30", "plm"),
    town("Makassar", "Sulawesi Selatan", "90", "upg"),
];

/// A town.
pub(crate) fn random_place(random: &mut Random) -> &'static Place {
    random.choose(PLACES)
}

/// A street and a number in it.
pub(crate) fn random_address(random: &mut Random) -> String {
    format!("Jl. {} No. {}", random.choose(STREETS), 1 + random.below(250))
}

/// A person's name.
pub(crate) fn full_name(random: &mut Random) -> String {
    format!("{} {}", random.choose(FIRST), random.choose(LAST))
}

/// An address that no other `number` has.
pub(crate) fn email_address(name: &str, number: u64, random: &mut Random) -> String {
    format!("{}{number}@{}", name.to_lowercase().replace(' ', "."), random.choose(DOMAINS))
}

/// A mobile number in E.164.
pub(crate) fn phone_number(random: &mut Random) -> String {
    format!("+62{}{:08}", random.choose(MOBILE), random.below(100_000_000))
}
