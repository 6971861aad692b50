//! Telephone numbers beside the library's own answers.

#![expect(clippy::unwrap_used, reason = "a test's own functions may unwrap like the test")]

use domain::{EntityType, FieldType};
use mapping::{Context, FieldMapping, Plan, References};
use phonenumber::Mode;
use phonenumber::country::Id;
use proptest::prelude::*;
use serde_json::{Value, json};

/// What a push makes of a number.
fn formatted(written: &str, region: &str) -> Option<String> {
    let mapping = FieldMapping {
        transformation_rules: json!({"format": "international"}),
        ..FieldMapping::new("phone", "phone", FieldType::String)
    };

    let context = Context { default_region: region.parse().unwrap(), ..Context::default() };
    let plan = Plan::compile(EntityType::Customers, &[mapping], &context).unwrap();

    let local = json!({"phone": written});
    let mut pushed = plan.push(local.as_object().unwrap(), &References::default());

    match pushed.fields.remove("phone") {
        Some(Value::String(number)) => Some(number),
        _ => None,
    }
}

/// What the library makes of a number, given what it understands: digits without anything between them, and no region
/// where a plus says that a country code follows (it would strip that region's prefix from foreign numbers).
fn library(written: &str, region: &str) -> Option<String> {
    let compact: String = written.chars().filter(|c| *c == '+' || c.is_ascii_digit()).collect();
    let region: Option<Id> = (!compact.starts_with('+')).then(|| region.parse().unwrap());
    let number = phonenumber::parse(region, compact).ok().filter(phonenumber::is_valid)?;
    Some(number.format().mode(Mode::E164).to_string())
}

/// The library allows what E.164 does not, more than 15 digits, and some numbers that it reads differently a second
/// time.
fn is_one_number(e164: &String) -> bool {
    e164.len() <= 16 && library(e164, "ID").as_ref() == Some(e164)
}

fn written() -> impl Strategy<Value = String> {
    prop_oneof![
        // what the short way for Indonesian mobile numbers takes, and what looks like it
        r"(\+62|62|0|\+62 ?\(?0\)? ?|00962 ?)?8[1-9][0-9]{0,2}[- .]?[0-9]{3,4}[- .]?[0-9]{2,5}",
        // fixed lines
        r"(\+62|62|0)?[ (]?(21|22|24|31|61|274|361|778)\)?[- ]?[0-9]{3,4}[- ]?[0-9]{3,4}",
        // foreign numbers
        r"\+(1|7|20|27|31|33|34|36|39|44|46|49|52|54|55|60|61|63|65|66|81|82|86|90|91|353|358|378|379|599|852|855|971)[- ]?[0-9]{2,4}[- ]?[0-9]{3,4}[- ]?[0-9]{0,5}",
        r"0?[1-9][0-9]{1,3}[- .]?[0-9]{3,4}[- ]?[0-9]{2,5}",
        r"\+?[0-9]{1,17}",
    ]
}

fn region() -> impl Strategy<Value = &'static str> {
    const FOREIGN: &[&str] = &["SG", "US", "DE", "IT", "AR", "BR", "MX", "RU", "GB", "AU", "MY", "SM"];
    prop_oneof![Just("ID"), prop::sample::select(FOREIGN)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_number_is_formatted_as_the_library_does(written in written(), region in region()) {
        prop_assert_eq!(formatted(&written, region), library(&written, region).filter(is_one_number));
    }
}

#[test]
fn a_foreign_number_keeps_the_digits_that_the_library_would_drop() {
    let stripped = phonenumber::parse(Some(Id::US), "+3581641854").unwrap();
    assert_eq!(stripped.format().mode(Mode::E164).to_string(), "+358641854", "a digit of a Finnish number is lost");
    assert_eq!(formatted("+3581641854", "US").as_deref(), Some("+3581641854"));
}
