//! E-mail addresses and telephone numbers in the forms in which they are found.

use super::random::Random;

/// Prefixes of Indonesian mobile numbers, without the leading zero.
const MOBILE: &[&str] = &[
    "811", "812", "813", "815", "816", "817", "818", "819", "821", "822", "852", "853", "856", "857", "858", "877",
    "878", "881", "895", "896", "897", "898",
];
/// Area codes with numbers of seven digits.
const AREAS: &[&str] = &["21", "22", "24", "31", "61", "274", "361", "411"];
const DOMAINS: &[&str] =
    &["gmail.com", "yahoo.co.id", "outlook.com", "example.com", "example.co.id", "ymail.com", "mail.example.net"];
const IMPOSSIBLE: &[&str] = &["tidak ada", "0", "08123", "00000000", "+999 123456789012", "021-", "08xx-xxxx-xxxx"];

/// An address that no other number has, or one that fails validation.
pub(super) fn email_address(name: &str, number: u64, fails: bool, random: &mut Random) -> Option<String> {
    let local = local_part(name);
    let domain = random.pick(DOMAINS);

    if fails {
        return bad_email(&local, number, domain, random);
    }

    let address = format!("{local}{number}@{domain}");
    // Some were typed with a capital, some with the lock on.
    Some(match random.below(1_000) {
        0..30 => address[..1].to_uppercase() + &address[1..],
        30..40 => address.to_uppercase(),
        _ => address,
    })
}

/// The first two words of a name in plain letters.
pub(super) fn local_part(name: &str) -> String {
    let words: Vec<String> = name
        .split_whitespace()
        .map(|word| word.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase())
        .filter(|word| word.len() > 1)
        .take(2)
        .collect();
    if words.is_empty() { "pelanggan".to_owned() } else { words.join(".") }
}

fn bad_email(local: &str, number: u64, domain: &str, random: &mut Random) -> Option<String> {
    match random.below(8) {
        0 | 1 => None,
        2 => Some(String::new()),
        3 => Some("-".to_owned()),
        4 => Some(format!("{local}{number}")),
        5 => Some(format!("{local}{number}@@{domain}")),
        6 => Some(format!("{local} {number}@{domain}")),
        _ => Some(format!("{local}{number}@gmail")),
    }
}

/// A telephone number in one of the usual forms; sometimes one that no plan allows, sometimes none.
pub(super) fn phone_number(random: &mut Random) -> Option<String> {
    match random.below(1_000) {
        0..30 => None,
        30..35 => Some(random.pick(IMPOSSIBLE).to_owned()),
        35..65 => Some(fixed_line(random)),
        _ => Some(mobile_number(random)),
    }
}

fn fixed_line(random: &mut Random) -> String {
    let (area, first) = (random.pick(AREAS), 2 + random.below(7));
    let (middle, end) = (random.digits(2), random.digits(4));
    format!("(0{area}) {first}{middle}{end}")
}

fn mobile_number(random: &mut Random) -> String {
    let (prefix, middle, end) = (random.pick(MOBILE), random.digits(4), random.digits(4));
    match random.below(10) {
        0..5 => format!("0{prefix}{middle}{end}"),
        5 => format!("0{prefix}-{middle}-{end}"),
        6 => format!("0{prefix} {middle} {end}"),
        7 => format!("+62 {prefix}-{middle}-{end}"),
        8 => format!("+62{prefix}{middle}{end}"),
        // An older number with a digit less.
        _ => format!("(0{prefix}) {} {}", &middle[1..], end),
    }
}

/// A valid mobile number that differs from the one in use.
pub(crate) fn phone_like_new(random: &mut Random, used: &str) -> String {
    let tail = |text: &str| text.chars().filter(char::is_ascii_digit).rev().take(8).collect::<String>();
    loop {
        let phone = format!("0{}{}", random.pick(MOBILE), random.digits(8));
        if tail(used) != tail(&phone) {
            return phone;
        }
    }
}
