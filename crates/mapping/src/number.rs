//! Decimal numbers as text: money keeps its digits and never passes through a float.

use rust_decimal::Decimal;
use serde_json::Number;
use std::borrow::Cow;

/// Beyond this many places an exponent is kept instead of being written out.
const PLACES: i64 = 64;

/// A number with the digits it was written with. Equality is numerical: 10.50 equals 10.5.
#[derive(Debug, Clone)]
pub(crate) struct Amount<'a> {
    pub(crate) digits: Cow<'a, Number>,
    pub(crate) value: Decimal,
}

impl<'a> Amount<'a> {
    /// Reads a JSON number; `None` beyond the range of a decimal with 28 digits.
    pub(crate) fn of(number: &'a Number) -> Option<Self> {
        let text = number.as_str();
        if text.bytes().any(|b| b == b'e' || b == b'E') {
            return Self::parse(text);
        }
        Some(Self { digits: Cow::Borrowed(number), value: Decimal::from_str_exact(text).ok()? })
    }

    /// Reads a number from text, as people and forms write it: a plus sign, leading zeros and an exponent are fine.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let plain = WrittenNumber::scan(text)?.plain()?;
        let value = Decimal::from_str_exact(&plain).ok()?;
        Some(Self { digits: Cow::Owned(plain.parse().ok()?), value })
    }

    /// A number that was calculated, without zeros behind its point.
    pub(crate) fn calculated(value: Decimal) -> Option<Self> {
        let value = value.normalize();
        Some(Self { digits: Cow::Owned(value.to_string().parse().ok()?), value })
    }

    /// The digits as a column of any numeric type takes them: a whole number without zeros behind its point.
    pub(crate) fn for_local(self) -> Number {
        let whole = match self.digits.as_str().split_once('.') {
            Some((whole, fraction)) if fraction.bytes().all(|b| b == b'0') => whole.parse().ok(),
            _ => None,
        };
        whole.unwrap_or_else(|| self.digits.into_owned())
    }

    pub(crate) fn reborrow(&self) -> Amount<'_> {
        Amount { digits: Cow::Borrowed(&self.digits), value: self.value }
    }

    pub(crate) fn into_owned(self) -> Amount<'static> {
        Amount { digits: Cow::Owned(self.digits.into_owned()), value: self.value }
    }
}

/// The parts of a number's text.
struct WrittenNumber<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    exponent: i64,
}

impl<'a> WrittenNumber<'a> {
    fn scan(text: &'a str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };

        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse().ok()?),
            None => (rest, 0),
        };

        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let some = !(whole.is_empty() && fraction.is_empty());

        (some && digits(whole) && digits(fraction)).then_some(Self { negative, whole, fraction, exponent })
    }

    /// The significant digits, without zeros at either end, and the power of ten they are multiplied by.
    fn significant(&self) -> Option<(String, i64)> {
        let digits = [self.whole, self.fraction].concat();
        let short = digits.trim_end_matches('0');
        let dropped = i64::try_from(digits.len() - short.len()).ok()?;
        let exponent = self.exponent.checked_sub(i64::try_from(self.fraction.len()).ok()?)?.checked_add(dropped)?;
        Some((short.trim_start_matches('0').to_owned(), exponent))
    }

    /// The number without an exponent, keeping the zeros behind its point; `None` if it would be absurdly long.
    fn plain(&self) -> Option<String> {
        if self.exponent.abs() > PLACES {
            return None;
        }
        let digits = [self.whole, self.fraction].concat();
        let point = i64::try_from(self.whole.len()).ok()? + self.exponent;
        Some(write_digits(self.negative, &digits, point - i64::try_from(digits.len()).ok()?))
    }
}

/// Writes `digits` × 10^`exponent` without an exponent and without superfluous leading zeros.
fn write_digits(negative: bool, digits: &str, exponent: i64) -> String {
    let zeros = "0".repeat(usize::try_from(exponent.abs()).unwrap_or(0));
    let (whole, fraction) = if exponent >= 0 {
        (format!("{digits}{zeros}"), String::new())
    } else {
        let padded = format!("{zeros}{digits}");
        let (whole, fraction) = padded.split_at(padded.len() - zeros.len());
        (whole.to_owned(), fraction.to_owned())
    };

    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    // Zero has no sign, however many digits it is written with.
    let sign = if negative && (whole != "0" || fraction.bytes().any(|b| b != b'0')) { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };

    format!("{sign}{whole}{point}{fraction}")
}

/// One text for all ways of writing the same number: `10.50` and `1.05e1` are both `10.5`.
pub(crate) fn canonical_number(number: &Number) -> Cow<'_, str> {
    let text = number.as_str();
    // Most numbers are short and whole, and are in this form already.
    let short = text.len() < 19 && text.bytes().all(|b| b.is_ascii_digit());
    if short {
        return Cow::Borrowed(text);
    }

    // A number that cannot be read stays as it is, so that it still equals itself.
    let Some(written) = WrittenNumber::scan(text) else { return Cow::Borrowed(text) };

    match written.significant() {
        None => Cow::Borrowed(text),
        Some((digits, _)) if digits.is_empty() => Cow::Borrowed("0"),
        // An exponent of any size would need that many zeros, so a large one stays an exponent.
        Some((digits, exponent)) if exponent.abs() <= PLACES => {
            Cow::Owned(write_digits(written.negative, &digits, exponent))
        }
        Some((digits, exponent)) => {
            let sign = if written.negative { "-" } else { "" };
            Cow::Owned(format!("{sign}{digits}e{exponent}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_a_number_has_one_canonical_text() {
        for (written, canonical_text) in [
            ("10.50", "10.5"),
            ("1.05e1", "10.5"),
            ("1e2", "100"),
            ("100", "100"),
            ("-0.0", "0"),
            ("0e99999", "0"),
            ("-1.50E-3", "-0.0015"),
            ("1e400", "1e400"),
            ("10e399", "1e400"),
            ("9007199254740993", "9007199254740993"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
        ] {
            let number: Number = serde_json::from_str(written).unwrap();
            assert_eq!(canonical_number(&number), canonical_text, "{written}");
        }
    }

    #[test]
    fn text_is_read_as_a_number_with_its_digits() {
        for (written, digits) in [
            ("10.50", "10.50"),
            ("+7", "7"),
            ("007.10", "7.10"),
            (".5", "0.5"),
            ("5.", "5"),
            ("1e2", "100"),
            ("1.5e-3", "0.0015"),
            ("-0", "0"),
        ] {
            assert_eq!(Amount::parse(written).unwrap().digits.as_str(), digits, "{written}");
        }

        for wrong in
            ["", "-", ".", "1,000", "1_000", "0x10", "NaN", "1e", "1 2", "١", "1e999", "1e99999999999999999999"]
        {
            assert!(Amount::parse(wrong).is_none(), "{wrong}");
        }
    }
}
