//! Network addresses in the one form that PostgreSQL writes them.

use std::net::IpAddr;

/// An IP address, with the length of its network where that is not the whole address.
pub(crate) fn format_ip(written: &str) -> Option<String> {
    let (address, length) = match written.trim().split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (written.trim(), None),
    };

    let address: IpAddr = address.parse().ok()?;
    let whole = if address.is_ipv4() { 32 } else { 128 };

    let length = match length {
        None => whole,
        Some(length) if length.bytes().all(|b| b.is_ascii_digit()) => length.parse::<u8>().ok()?,
        Some(_) => return None,
    };

    match length.cmp(&whole) {
        // Host bits stay: an interface's address is written with its network's length.
        std::cmp::Ordering::Less => Some(format!("{address}/{length}")),
        std::cmp::Ordering::Equal => Some(address.to_string()),
        std::cmp::Ordering::Greater => None,
    }
}

/// A hardware address as `08:00:2b:01:02:03`. Read are six pairs, three or two groups of digits, or twelve digits.
pub(crate) fn format_mac(written: &str) -> Option<String> {
    let written = written.trim();
    // The length of the text tells the size of its groups, since each group but the last ends with a separator.
    let group = match written.len() {
        12 => 12,
        13 => 6,
        14 => 4,
        17 => 2,
        _ => return None,
    };

    let separator =
        if group == 12 { None } else { written.chars().nth(group).filter(|c| matches!(c, ':' | '-' | '.')) };

    let mut digits = String::with_capacity(17);
    for (at, character) in written.chars().enumerate() {
        if group < 12 && at % (group + 1) == group {
            (Some(character) == separator).then_some(())?;
            continue;
        }
        character.is_ascii_hexdigit().then_some(())?;
        if digits.len() % 3 == 2 {
            digits.push(':');
        }
        digits.push(character.to_ascii_lowercase());
    }
    Some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_a_hardware_address_gives_one_form() {
        for written in [
            "08:00:2B:01:02:03",
            "08-00-2b-01-02-03",
            "08002b:010203",
            "08002b-010203",
            "0800.2b01.0203",
            "08002B010203",
        ] {
            assert_eq!(format_mac(written).as_deref(), Some("08:00:2b:01:02:03"), "{written}");
        }

        for wrong in ["", "08:00:2b:01:02", "08:00-2b:01:02:03", "08:00:2b:01:02:0g", "08002b01020", "é8002b010203"] {
            assert_eq!(format_mac(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_address_is_written_as_the_database_writes_it() {
        for (written, form) in [
            ("10.0.0.1", "10.0.0.1"),
            (" 10.0.0.1/32 ", "10.0.0.1"),
            ("10.0.0.1/24", "10.0.0.1/24"),
            ("2001:DB8:0:0::1", "2001:db8::1"),
            ("2001:db8::/128", "2001:db8::"),
        ] {
            assert_eq!(format_ip(written).as_deref(), Some(form), "{written}");
        }

        for wrong in ["", "10.0.0", "10.0.0.256", "10.0.0.1/33", "10.0.0.1/", "10.0.0.1/+8", "010.0.0.1", "nas-1"] {
            assert_eq!(format_ip(wrong), None, "{wrong}");
        }
    }
}
