use super::*;
use bytes::BytesMut;
use mapping::{Context, Mapped, Plan, References, default_mappings};
use serde_json::{Map, Value, json};

const COUNT: u64 = 10_000;

fn customers(seed: u64) -> impl Iterator<Item = Customer> {
    (1..=COUNT).map(move |number| Generator::new(seed).customer(number))
}

fn lines(seed: u64) -> BytesMut {
    let mut lines = BytesMut::new();
    customers(seed).for_each(|customer| customer.write_copy_line(&mut lines));
    lines
}

/// The customer as Geniacs would get it.
fn pushed(plan: &Plan, customer: &Customer) -> Mapped {
    let row = json!({"name": customer.name, "email": customer.email, "phone": customer.phone});
    plan.push(row.as_object().unwrap_or(&Map::new()), &References::default())
}

fn default_plan() -> Plan {
    let mappings = default_mappings(domain::EntityType::Customers);
    Plan::compile(domain::EntityType::Customers, &mappings, &Context::default()).unwrap()
}

#[test]
fn a_seed_makes_the_same_bytes_every_time_and_another_seed_others() {
    assert_eq!(lines(42), lines(42));
    assert_ne!(lines(42), lines(43));
}

#[test]
fn the_bytes_of_seed_42_have_not_changed_since_they_were_first_made() {
    let hash = secrets::hash_token(std::str::from_utf8(&lines(42)).unwrap());
    assert_eq!(format!("{:02x}{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2], hash[3]), "5363e359");
}

#[test]
fn exactly_those_that_are_said_to_fail_validation_fail_it() {
    let plan = default_plan();
    let mut failed = 0;
    for number in 1..=COUNT {
        let generator = Generator::new(42);
        let fails = !pushed(&plan, &generator.customer(number)).errors.is_empty();
        assert_eq!(fails, generator.fails_validation(number), "{number}");
        failed += u64::from(fails);
    }
    assert_eq!(failed, COUNT / FAILING);
}

#[test]
fn most_phones_are_valid_some_are_missing_and_a_few_are_impossible() {
    let plan = default_plan();
    let missing = customers(42).filter(|customer| customer.phone.is_none()).count();
    let impossible = customers(42).filter(|customer| !pushed(&plan, customer).warnings.is_empty()).count();
    let home = customers(42).filter(|c| c.phone.as_deref().is_some_and(|phone| phone.starts_with("08"))).count();
    assert!((200..400).contains(&missing), "{missing}");
    assert!((30..80).contains(&impossible), "{impossible}");
    assert!(home > 6_000, "{home}");
}

#[test]
fn every_value_fits_its_column() {
    for customer in customers(42) {
        let name = customer.name.chars().count();
        assert!((1..=255).contains(&name) && !customer.name.trim().is_empty());
        assert!(customer.email.as_deref().unwrap_or_default().len() <= 255);
        assert!(customer.phone.as_deref().unwrap_or_default().len() <= 64);
        assert!(customer.balance.split_once('.').is_some_and(|(_, cents)| cents.len() == 2), "{}", customer.balance);
    }
}

#[test]
fn long_names_and_other_scripts_are_among_them() {
    let names: Vec<String> = customers(42).map(|customer| customer.name).collect();
    assert!(names.iter().any(|name| name.chars().count() == 255));
    for script in ["محمد", "陈", "ꦱꦸ", "🍜"] {
        assert!(names.iter().any(|name| name.contains(script)), "{script}");
    }
}

#[test]
fn no_two_customers_share_an_address() {
    let mut addresses: Vec<String> = customers(42).filter_map(|c| c.email).filter(|e| e.contains('@')).collect();
    let all = addresses.len();
    addresses.sort_unstable();
    addresses.dedup();
    assert_eq!(addresses.len(), all);
}

#[test]
fn a_changed_phone_is_valid_and_another_one() {
    let plan = default_plan();
    for id in 1..2_000 {
        let first = phone_like_new(42, id, None);
        let second = phone_like_new(42, id, Some(&first));
        assert_ne!(first, second);
        let mapped = plan.push(&Map::from_iter([("phone".to_owned(), Value::from(second))]), &References::default());
        assert!(mapped.fields.contains_key("customer_phone"));
    }
}
