//! The places where customers live.

use super::random::Random;

/// A city, its province, the first three digits of its postal codes, and its middle in ten-thousandths of a degree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) city: &'static str,
    pub(super) province: &'static str,
    postal: &'static str,
    latitude: i64,
    longitude: i64,
}

const fn place(
    city: &'static str,
    province: &'static str,
    postal: &'static str,
    latitude: i64,
    longitude: i64,
) -> Place {
    Place { city, province, postal, latitude, longitude }
}

const PLACES: &[Place] = &[
    place("Jakarta Selatan", "DKI Jakarta", "121", -62_615, 1_068_106),
    place("Jakarta Timur", "DKI Jakarta", "134", -62_250, 1_069_004),
    place("Bekasi", "Jawa Barat", "171", -62_383, 1_069_756),
    place("Bandung", "Jawa Barat", "402", -69_175, 1_076_191),
    place("Bogor", "Jawa Barat", "161", -65_971, 1_068_060),
    place("Cirebon", "Jawa Barat", "451", -67_320, 1_085_523),
    place("Semarang", "Jawa Tengah", "502", -70_051, 1_104_381),
    place("Surakarta", "Jawa Tengah", "571", -75_755, 1_108_243),
    place("Yogyakarta", "DI Yogyakarta", "552", -77_956, 1_103_695),
    place("Surabaya", "Jawa Timur", "602", -72_575, 1_127_521),
    place("Malang", "Jawa Timur", "651", -79_666, 1_126_326),
    place("Kediri", "Jawa Timur", "641", -78_480, 1_120_178),
    place("Denpasar", "Bali", "801", -86_705, 1_152_126),
    place("Mataram", "Nusa Tenggara Barat", "831", -85_833, 1_161_167),
    place("Medan", "Sumatera Utara", "201", 35_952, 986_722),
    place("Padang", "Sumatera Barat", "251", -9_471, 1_004_172),
    place("Palembang", "Sumatera Selatan", "301", -29_761, 1_047_754),
    place("Pontianak", "Kalimantan Barat", "781", -263, 1_093_425),
    place("Balikpapan", "Kalimantan Timur", "761", -12_379, 1_168_529),
    place("Makassar", "Sulawesi Selatan", "901", -51_477, 1_194_327),
    place("Manado", "Sulawesi Utara", "951", 14_748, 1_248_421),
    place("Jayapura", "Papua", "991", -25_916, 1_406_690),
];
const STREETS: &[&str] = &[
    "Ahmad Yani",
    "Anggrek",
    "Cendrawasih",
    "Diponegoro",
    "Gajah Mada",
    "Gatot Subroto",
    "Imam Bonjol",
    "Kartini",
    "Kenanga",
    "Mangga Dua",
    "Mawar",
    "Melati",
    "Merdeka",
    "Pahlawan",
    "Pemuda",
    "Raya Bogor",
    "Sudirman",
    "Teuku Umar",
    "Veteran",
];

impl Place {
    pub(super) fn pick(random: &mut Random) -> Self {
        random.pick(PLACES)
    }

    pub(super) fn postal_code(self, random: &mut Random) -> String {
        format!("{}{}", self.postal, random.digits(2))
    }

    /// Degrees north, within some five kilometres of the middle.
    pub(super) fn latitude(self, random: &mut Random) -> String {
        random_degrees(self.latitude, random)
    }

    /// Degrees east.
    pub(super) fn longitude(self, random: &mut Random) -> String {
        random_degrees(self.longitude, random)
    }
}

fn random_degrees(middle: i64, random: &mut Random) -> String {
    let value = middle - 500 + i64::try_from(random.below(1_000)).unwrap_or(0);
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}.{:04}", value.abs() / 10_000, value.abs() % 10_000)
}

/// A street with its number and, mostly, its neighbourhood.
pub(super) fn random_street(random: &mut Random) -> String {
    let (street, number) = (random.pick(STREETS), 1 + random.below(250));
    if random.chance(300) {
        return format!("Jl. {street} No. {number}");
    }
    format!("Jl. {street} No. {number}, RT {:03}/RW {:03}", 1 + random.below(15), 1 + random.below(12))
}
