//! Telephone numbers in the international form E.164.

use phonenumber::country::Id;
use phonenumber::metadata::DATABASE;
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// Longer input is not one number: the longest number of any plan has 17 digits.
const MAX_DIGITS: usize = 17;
/// A plus and the 15 digits that E.164 allows.
const MAX_E164: usize = 16;

/// A country whose telephone numbers are written without a prefix. Indonesia unless told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Region(Id);

/// A region that has no telephone numbering plan of its own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown region `{0}`; expected a country in two capital letters, such as ID")]
pub struct UnknownRegion(String);

impl Default for Region {
    fn default() -> Self {
        Self(Id::ID)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Region({})", self.0.as_ref())
    }
}

impl FromStr for Region {
    type Err = UnknownRegion;

    fn from_str(code: &str) -> Result<Self, UnknownRegion> {
        code.parse().map(Self).map_err(|_| UnknownRegion(code.chars().take(16).collect()))
    }
}

/// Loads the numbering plans, which takes about 100 ms and otherwise falls on the first number.
pub fn warm_up() {
    for number in ["+6281234567890", "0215550123"] {
        let _ = by_plan(number, Region::default());
    }
}

/// `written` in E.164, or `None` where no region's plan allows it. Its own result is left as it is.
pub(crate) fn international_phone(written: &str, region: Region) -> Option<String> {
    let compact = compact_phone(written)?;
    if region == Region::default()
        && let Some(national) = indonesian_mobile(&compact)
    {
        return Some(format!("+62{national}"));
    }
    by_plan(&compact, region)
}

/// The digits and a leading plus, without what people put between them. Anything else is no telephone number:
/// letters, an extension, a slash between two numbers.
fn compact_phone(written: &str) -> Option<Cow<'_, str>> {
    let digits = written.strip_prefix('+').unwrap_or(written);
    if digits.len() <= MAX_DIGITS && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Some(Cow::Borrowed(written));
    }
    let mut compact = String::with_capacity(MAX_E164);
    for character in written.chars() {
        match character {
            '0'..='9' => compact.push(character),
            '+' if compact.is_empty() => compact.push('+'),
            _ if is_separator(character) => {}
            _ => return None,
        }
        if compact.len() > MAX_DIGITS + 1 {
            return None;
        }
    }
    Some(Cow::Owned(compact))
}

/// Space, brackets, dots, dashes, and the invisible marks that come along when a number is copied from an address book.
fn is_separator(character: char) -> bool {
    let dash = matches!(character, '-' | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    let mark =
        matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    dash || mark || matches!(character, '.' | '(' | ')') || character.is_whitespace()
}

/// The national part of an Indonesian mobile number, without asking the library, which takes 7 µs. A property test
/// holds it to the library's answers.
fn indonesian_mobile(compact: &str) -> Option<&str> {
    let national = match compact.as_bytes() {
        [b'+', b'6', b'2', ..] => &compact[3..],
        [b'0', ..] => &compact[1..],
        // With fewer digits it may as well be a fixed line in the area 62x.
        [b'6', b'2', ..] if compact.len() >= 12 => &compact[2..],
        _ => compact,
    };

    let [b'8', second, rest @ ..] = national.as_bytes() else { return None };

    (matches!(second, b'1'..=b'3' | b'5'..=b'9') && (7..=10).contains(&rest.len())).then_some(national)
}

fn by_plan(compact: &str, region: Region) -> Option<String> {
    let number = parse_once(compact, region)?;
    // The library takes some numbers apart differently when it sees its own result; those are nobody's number.
    (number == compact || parse_once(&number, region)? == number).then_some(number)
}

fn parse_once(compact: &str, region: Region) -> Option<String> {
    DATABASE.by_id(region.0.as_ref())?;

    // With a region, the library would strip that region's prefix from foreign numbers too.
    let region = (!compact.starts_with('+')).then_some(region.0);
    let number = phonenumber::parse(region, compact).ok()?;

    if number.extension().is_some() || !phonenumber::is_valid(&number) {
        return None;
    }

    let e164 = format!("+{}{}", number.code().value(), number.national());
    (e164.len() <= MAX_E164).then_some(e164)
}

/// Whether `text` looks like a telephone number: the characters that the specification allows, five to fifteen
/// digits, and a plus only in front.
pub(crate) fn is_plausible(text: &str) -> bool {
    let mut digits = 0;
    for (position, byte) in text.bytes().enumerate() {
        match byte {
            b'0'..=b'9' => digits += 1,
            b'+' if digits > 0 || text[..position].contains('+') => return false,
            b'+' | b'-' | b'(' | b')' | b' ' | b'\t'..=b'\r' => {}
            _ => return false,
        }
    }
    (5..=15).contains(&digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn indonesian(written: &str) -> Option<String> {
        international_phone(written, Region::default())
    }

    #[test]
    fn every_way_of_writing_an_indonesian_number_gives_one_form() {
        for written in [
            "08123456789",
            "8123456789",
            "628123456789",
            "+628123456789",
            "+62 812-3456-789",
            "(0812) 3456 789",
            "+62 (0) 812 3456 789",
            "\u{202a}0812\u{2011}3456\u{2011}789\u{202c}",
            " 0812.3456.789 ",
            "00962 8123456789",
        ] {
            assert_eq!(indonesian(written).as_deref(), Some("+628123456789"), "{written}");
        }

        assert_eq!(indonesian("(021) 5550123").as_deref(), Some("+62215550123"));
    }

    #[test]
    fn a_foreign_number_keeps_its_own_zeros() {
        assert_eq!(indonesian("+39 02 3661 8300").as_deref(), Some("+390236618300"));
        assert_eq!(indonesian("+1 (650) 253-0000").as_deref(), Some("+16502530000"));
        assert_eq!(international_phone("0171 1234567", "DE".parse().unwrap()).as_deref(), Some("+491711234567"));
    }

    #[test]
    fn a_number_that_no_numbering_plan_allows_is_refused() {
        for wrong in [
            "",
            "+",
            "0",
            "12",
            "0812",
            "081234567890123",
            "08123abc456",
            "0812-CALLME",
            "08123456789/08123456780",
            "+9991234567",
            "++628123456789",
            "0812+3456789",
            "+1 2530000",
            "0000000000",
            "08123456789 ext 5",
            "tel:08123456789",
        ] {
            assert_eq!(indonesian(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_plausible_number_has_the_specified_characters_and_a_sensible_length() {
        for right in ["08123456789", "+62 (812) 345-6789", "14045", "123456789012345"] {
            assert!(is_plausible(right), "{right}");
        }
        for wrong in ["1234", "1234567890123456", "08.123.456", "0812x456789", "62+8123456", "++6281234567", "((((("] {
            assert!(!is_plausible(wrong), "{wrong}");
        }
    }

    #[test]
    fn every_region_answers_without_a_panic() {
        for region in
            (b'A'..=b'Z').flat_map(|a| (b'A'..=b'Z').map(move |b| String::from_utf8_lossy(&[a, b]).into_owned()))
        {
            let Ok(region) = region.parse::<Region>() else { continue };
            let _ = international_phone("08123456789", region);
        }
        assert!("id".parse::<Region>().is_err());
    }

    #[test]
    fn every_country_code_answers_without_a_panic() {
        for code in 0..1000 {
            let _ = indonesian(&format!("+{code}612345678"));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn the_short_way_agrees_with_the_library(number in r"(\+62|62|0|\+620|)8[0-9]{5,13}") {
            if let Some(national) = indonesian_mobile(&number) {
                prop_assert_eq!(Some(format!("+62{national}")), by_plan(&number, Region::default()));
            }
        }

        #[test]
        fn an_international_number_stays_as_it_is(number in r"\+?[0-9]{1,17}") {
            if let Some(once) = indonesian(&number) {
                prop_assert_eq!(indonesian(&once), Some(once));
            }
        }
    }
}
