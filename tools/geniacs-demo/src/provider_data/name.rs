//! Names as people and shops have them, and as someone once typed them.

use super::random::Random;

/// The longest name that the column, and a partner, take.
const LONGEST: usize = 255;

const FIRST: &[&str] = &[
    "Adi", "Agus", "Ahmad", "Andi", "Ayu", "Bambang", "Bayu", "Budi", "Citra", "Dedi", "Dewi", "Dian", "Eka", "Fajar",
    "Fitri", "Gita", "Hendra", "I Made", "Indah", "Intan", "Joko", "Kartika", "Ketut", "Lestari", "Maya", "Muhammad",
    "Ni Luh", "Nur", "Nyoman", "Putri", "Rahmat", "Ratna", "Rina", "Rizky", "Sari", "Siti", "Slamet", "Sri", "Teguh",
    "Tri", "Wahyu", "Wati", "Wayan", "Yanti", "Yohanes", "Yudi", "Zahra",
];
const LAST: &[&str] = &[
    "Anggraini",
    "Aritonang",
    "Batubara",
    "Firmansyah",
    "Ginting",
    "Gunawan",
    "Halim",
    "Handayani",
    "Harahap",
    "Hidayat",
    "Iskandar",
    "Kurniawan",
    "Kusuma",
    "Lubis",
    "Ma'ruf",
    "Maharani",
    "Manurung",
    "Nasution",
    "Nugroho",
    "Nurhaliza",
    "Permata",
    "Pratama",
    "Purnomo",
    "Rahayu",
    "Ramadhan",
    "Saputra",
    "Setiawan",
    "Simanjuntak",
    "Siregar",
    "Situmorang",
    "Suharto",
    "Sukarno",
    "Susanto",
    "Sutrisno",
    "Tanjung",
    "Utami",
    "Wibowo",
    "Wijaya",
    "Wulandari",
    "Yulianto",
    "Zulkarnain",
];
const BEFORE: &[&str] = &["H. ", "Hj. ", "Dr. ", "Ir. ", "Bpk. ", "Ibu "];
const BEHIND: &[&str] = &[", S.Kom", ", S.E.", ", M.T.", ", S.Pd., M.Si."];
const OTHER_SCRIPTS: &[&str] = &[
    "محمد عبد الرحمن",
    "فاطمة الزهراء",
    "陈美玲",
    "林志强",
    "ꦱꦸꦏꦂꦤꦺꦴ",
    "ꦥꦿꦩꦸꦢꦾ ꦲꦤꦤ꧀ꦠ",
    "ᬧᬸᬢᬸ ᬲᬸᬓ᭄ᬫ",
    "Nguyễn Thị Hồng",
    "Łukasz Żółć",
    "Warung Bu Tini 🍜",
    "Toko Maju 👨‍👩‍👧‍👦 Jaya",
    "=SUM(A1:A9) Net",
    "O\"Brien \\ Sons",
];

/// A name of 1 to 255 characters once it is trimmed, and of 255 at most before.
pub(super) fn full_name(random: &mut Random) -> String {
    match random.below(1_000) {
        0..10 => random.pick(OTHER_SCRIPTS).to_owned(),
        10..14 => long_name(random),
        14..34 => format!("  {} ", common_name(random)),
        34..64 => common_name(random).to_uppercase(),
        64..94 => common_name(random).to_lowercase(),
        94..144 => format!("{}{}", random.pick(BEFORE), common_name(random)),
        144..184 => format!("{}{}", common_name(random), random.pick(BEHIND)),
        184..284 => random.pick(LAST).to_owned(),
        _ => common_name(random),
    }
}

fn common_name(random: &mut Random) -> String {
    let middle = if random.chance(250) { format!("{} ", random.pick(FIRST)) } else { String::new() };
    format!("{} {middle}{}", random.pick(FIRST), random.pick(LAST))
}

/// As long as it may be, or a little shorter.
fn long_name(random: &mut Random) -> String {
    let mut name = String::from("Yayasan");
    while name.chars().count() < LONGEST {
        name.push(' ');
        name.push_str(random.pick(LAST));
    }
    let length = LONGEST - usize::try_from(random.below(4)).unwrap_or(0);
    name.chars().take(length).collect::<String>().trim_end().to_owned()
}
