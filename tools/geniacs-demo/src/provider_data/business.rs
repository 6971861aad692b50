//! Fields that only companies have.

use super::random::Random;

const FORMS: &[&str] = &["PT", "CV", "UD", "Koperasi", "Yayasan"];
const WORDS: &[&str] = &[
    "Abadi",
    "Bahagia",
    "Berkah",
    "Cahaya",
    "Citra",
    "Daya",
    "Gemilang",
    "Harapan",
    "Indah",
    "Jaya",
    "Karya",
    "Lancar",
    "Makmur",
    "Mandiri",
    "Maju",
    "Nusantara",
    "Prima",
    "Sejahtera",
    "Sentosa",
    "Sinar",
    "Sumber",
    "Tunggal",
    "Utama",
];

pub(super) fn company_name(random: &mut Random) -> String {
    format!("{} {} {} {}", random.pick(FORMS), random.pick(WORDS), random.pick(WORDS), random.pick(WORDS))
}

/// An NPWP in its written form.
pub(super) fn tax_id(random: &mut Random) -> String {
    let mut part = |count| random.digits(count);
    format!("{}.{}.{}.{}-{}.{}", part(2), part(3), part(3), part(1), part(3), part(3))
}
