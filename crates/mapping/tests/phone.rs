//! Telephone numbers beside the library's own answers.

#![expect(clippy::unwrap_used, reason = "a test's own functions may unwrap like the test")]

use domain::{EntityType, FieldType};
use mapping::{Context, FieldMapping, Plan, References};
use phonenumber::Mode;
use phonenumber::country::Id;
use proptest::prelude::*;
use serde_json::{Value, json};

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

fn librarys(written: &str, region: &str) -> Option<String> {
    let region: Id = region.parse().unwrap();
    let number = phonenumber::parse(Some(region), written).ok().filter(phonenumber::is_valid)?;
    Some(number.format().mode(Mode::E164).to_string())
}

fn written() -> impl Strategy<Value = String> {
    prop_oneof![
        r"(\+62|62|0|\+62 ?\(?0\)? ?|00962 ?)?8[1-9][0-9]{0,2}[- .]?[0-9]{3,4}[- .]?[0-9]{2,5}",
        r"(\+62|62|0)?[ (]?(21|22|24|31|61|274|361|778)\)?[- ]?[0-9]{3,4}[- ]?[0-9]{3,4}",
        r"\+(1|7|20|27|31|33|34|36|39|44|46|49|52|54|55|60|61|62|63|64|65|66|81|82|84|86|90|91|92|353|358|379|599|670|673|852|855|880|886|971|972)[- ]?[0-9]{2,4}[- ]?[0-9]{3,4}[- ]?[0-9]{0,5}",
        r"0?[1-9][0-9]{1,3}[- /]?[0-9]{3,4}[- ]?[0-9]{2,5}",
        r"\+?[0-9]{1,17}",
    ]
}

fn region() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just("ID"), 4 => prop::sample::select(&["SG", "US", "DE", "IT", "AR", "BR", "MX", "RU", "GB", "AU", "MY", "SM"][..])]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn explore(written in written(), region in region()) {
        let (ours, theirs) = (formatted(&written, region), librarys(&written, region));
        if ours != theirs { println!("DIFF {region} {written:?} ours={ours:?} lib={theirs:?}"); }
    }
}
