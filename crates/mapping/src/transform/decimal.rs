//! Rules on numbers, exact to the last digit.

use crate::cell::Cell;
use crate::number::Amount;
use crate::problem::Failure;
use crate::rule;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

/// A factor by which every decimal number can be divided without a remainder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Factor(Decimal);

impl Factor {
    pub(super) fn read(argument: &Value) -> Result<Self, String> {
        const EXACT: &str = "must be a number other than 0 by which decimals can be divided exactly, such as 100, 0.001 \
            or 1024, and not 3 or 60";
        let factor = rule::read_number(argument).map_err(|_| EXACT)?.normalize();
        let divides_exactly =
            // Only factors of 2 and 5 divide decimals without a remainder.
            !factor.is_zero() && without_prime(without_prime(factor.mantissa().unsigned_abs(), 2), 5) == 1;
        if divides_exactly { Ok(Self(factor)) } else { Err(EXACT.to_owned()) }
    }

    pub(super) fn multiply(self, cell: &mut Cell<'_>) -> Result<(), Failure> {
        replace_number(cell, |value| exact_product(value, self.0))
    }

    pub(super) fn divide(self, cell: &mut Cell<'_>) -> Result<(), Failure> {
        replace_number(cell, |value| {
            // A quotient that was rounded would not come back as the same number.
            value.checked_div(self.0).filter(|part| exact_product(*part, self.0) == Some(value))
        })
    }
}

/// `number` without its factors `prime`.
fn without_prime(mut number: u128, prime: u128) -> u128 {
    while number > 0 && number.is_multiple_of(prime) {
        number /= prime;
    }
    number
}

/// The product if 28 digits hold all of it.
fn exact_product(left: Decimal, right: Decimal) -> Option<Decimal> {
    let (left, right) = (left.normalize(), right.normalize());
    let mut digits = left.mantissa().checked_mul(right.mantissa())?;
    let mut places = left.scale() + right.scale();
    // Zeros behind the point would use up digits that the product may need.
    while places > 0 && digits % 10 == 0 {
        digits /= 10;
        places -= 1;
    }
    Decimal::try_from_i128_with_scale(digits, places).ok()
}

fn replace_number(cell: &mut Cell<'_>, result: impl FnOnce(Decimal) -> Option<Decimal>) -> Result<(), Failure> {
    let Cell::Number(amount) = cell else { return Ok(()) };
    let calculated = result(amount.value).and_then(Amount::calculated);
    let calculated = calculated.ok_or_else(|| Failure::new("scale", "has more digits than scale can keep"))?;
    *cell = Cell::Number(calculated);
    Ok(())
}

/// The most digits behind the point that `round` may leave.
pub(super) const MAX_DIGITS: u64 = 28;

/// The argument of `round`: digits behind the point.
pub(super) fn read_digits(argument: &Value) -> Result<u32, String> {
    let digits = argument.as_u64().filter(|digits| *digits <= MAX_DIGITS);
    digits
        .and_then(|digits| u32::try_from(digits).ok())
        .ok_or_else(|| format!("must be 0 to {MAX_DIGITS}, the digits behind the point"))
}

/// Rounds half away from zero, as invoices do.
pub(super) fn round_number(cell: &mut Cell<'_>, digits: u32) {
    let Cell::Number(amount) = cell else { return };
    if amount.value.scale() <= digits {
        return;
    }
    let rounded = amount.value.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    if let Some(rounded) = Amount::calculated(rounded) {
        *cell = Cell::Number(rounded);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn number(text: &str) -> Cell<'static> {
        Cell::Number(Amount::parse(text).unwrap())
    }

    fn shown(cell: &Cell<'_>) -> String {
        match cell {
            Cell::Number(amount) => amount.digits.to_string(),
            other => panic!("no number: {other:?}"),
        }
    }

    #[test]
    fn scaling_is_exact_or_fails() {
        let factor = |text: &str| Factor::read(&serde_json::from_str(text).unwrap()).unwrap();
        for (text, by, scaled) in [
            ("150000.50", "100", "15000050"),
            ("0.1", "0.1", "0.01"),
            ("1", "1024", "1024"),
            ("-3", "-0.5", "1.5"),
            ("0.00", "100", "0"),
            ("79228162514264337593543950335", "0.1", "7922816251426433759354395033.5"),
        ] {
            let mut cell = number(text);
            factor(by).multiply(&mut cell).unwrap();
            assert_eq!(shown(&cell), scaled, "{text} × {by}");

            factor(by).divide(&mut cell).unwrap();
            assert!(cell.equals_incoming(&number(text)), "{scaled} ÷ {by}");
        }

        assert!(factor("100").multiply(&mut number("79228162514264337593543950335")).is_err());
        assert!(factor("0.1").multiply(&mut number("0.1234567890123456789012345678")).is_err());

        for wrong in [json!(0), json!(3), json!(60), json!("100"), json!(true)] {
            assert!(Factor::read(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        for (text, digits, rounded) in
            [("2.5", 0, "3"), ("-2.5", 0, "-3"), ("2.45", 1, "2.5"), ("2.40", 1, "2.4"), ("2.4", 3, "2.4")]
        {
            let mut cell = number(text);
            round_number(&mut cell, digits);
            assert_eq!(shown(&cell), rounded, "{text}");
        }
    }
}
