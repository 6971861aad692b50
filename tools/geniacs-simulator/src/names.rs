//! Indonesian names and numbers to make people from.

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

/// A person's name.
pub(crate) fn full_name(random: &mut Random) -> String {
    format!("{} {}", random.pick(FIRST), random.pick(LAST))
}

/// An address that no other `number` has.
pub(crate) fn email(name: &str, number: u64, random: &mut Random) -> String {
    format!("{}{number}@{}", name.to_lowercase().replace(' ', "."), random.pick(DOMAINS))
}

/// A mobile number in E.164.
pub(crate) fn phone(random: &mut Random) -> String {
    format!("+62{}{:08}", random.pick(MOBILE), random.below(100_000_000))
}
