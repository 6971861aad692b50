use super::customer::{Customer, FAILING};
use super::invoice::InvoiceOutcome;
use super::*;
use bytes::BytesMut;
use mapping::{Context, Mapped, Plan, References, default_mappings};
use serde_json::{Map, Value, json};

const COUNT: u64 = 10_000;

/// As many as the demo has.
fn provider(seed: u64) -> Provider {
    let slice = |count| NumberSlice { count, ..NumberSlice::default() };
    Provider {
        seed,
        nas_servers: slice(40),
        customers: slice(COUNT),
        subscriptions: slice(12_000),
        invoices: slice(30_000),
        payments: slice(25_000),
        samples: slice(100_000),
    }
}

fn customers(seed: u64) -> impl Iterator<Item = Customer> {
    let provider = provider(seed);
    (0..COUNT).map(move |index| provider.customer(index))
}

fn lines(seed: u64, entity: EntityType) -> String {
    let provider = provider(seed);
    let count = provider.slice_of(entity).count;
    let table = TABLES.iter().find(|table| table.entity == entity).unwrap();

    let mut bytes = BytesMut::new();

    for index in 0..count {
        let mut line = CopyLine::new(&mut bytes);
        (table.write)(&provider, index, &mut line);
        line.end();
    }

    String::from_utf8(bytes.to_vec()).unwrap()
}

fn hash(text: &str) -> String {
    let hash = secrets::hash_token(text);
    format!("{:02x}{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2], hash[3])
}

/// The customer as Geniacs would get it.
fn pushed(plan: &Plan, customer: &Customer) -> Mapped {
    let row = json!({"name": customer.name, "email": customer.email, "phone": customer.phone});
    plan.push(row.as_object().unwrap_or(&Map::new()), &References::default())
}

fn default_plan() -> Plan {
    Plan::compile(EntityType::Customers, &default_mappings(EntityType::Customers), &Context::default()).unwrap()
}

#[test]
fn a_seed_makes_the_same_bytes_every_time_and_another_seed_others() {
    assert_eq!(lines(42, EntityType::Customers), lines(42, EntityType::Customers));
    for entity in [EntityType::NasServers, EntityType::Customers, EntityType::Payments] {
        assert_ne!(lines(42, entity), lines(43, entity));
    }
}

#[test]
fn the_bytes_of_seed_42_have_not_changed_since_they_were_first_made() {
    let hashes: Vec<String> = TABLES.iter().map(|table| hash(&lines(42, table.entity))).collect();
    assert_eq!(hashes, ["bc254337", "5363e359", "5f129fe5", "d360c654", "db8b9145", "8da10d3b"]);
}

#[test]
fn every_line_has_a_value_for_every_column() {
    for table in &TABLES {
        let columns = table.columns.split(',').count();
        for line in lines(42, table.entity).lines().take(2_000) {
            assert_eq!(line.split('\t').count(), columns, "{}: {line}", table.entity);
        }
    }
}

#[test]
fn the_paid_amount_is_the_sum_of_the_payments() {
    let provider = provider(42);
    for index in 0..provider.invoices.count {
        let invoice = provider.invoice(index);
        let payments: Vec<_> = provider.payments_of(index).map(|payment| provider.payment(payment)).collect();

        assert!(payments.iter().all(|payment| payment.invoice == index));

        let came: u64 =
            payments.iter().filter(|payment| payment.status == "success").map(|payment| payment.amount).sum();
        assert_eq!(came, invoice.paid, "invoice {index}");
        assert_eq!(invoice.outcome == InvoiceOutcome::Paid, came == invoice.total, "invoice {index}");
    }
}

#[test]
fn every_payment_belongs_to_an_invoice_however_many_there_are() {
    for (invoices, payments) in [(1, 1), (7, 3), (3, 7), (30, 25), (1, 5), (10, 10)] {
        let mut provider = provider(1);
        (provider.invoices.count, provider.payments.count) = (invoices, payments);
        let all: Vec<u64> = (0..invoices).flat_map(|index| provider.payments_of(index)).collect();
        assert_eq!(all, (0..payments).collect::<Vec<_>>());
        assert!((0..payments).all(|index| provider.payments_of(provider.payment(index).invoice).contains(&index)));
    }
}

#[test]
fn no_two_samples_are_of_the_same_thing_and_moment() {
    let text = lines(42, EntityType::MonitoringData);
    let mut keys: Vec<Vec<&str>> = text
        .lines()
        .map(|line| {
            let values: Vec<&str> = line.split('\t').collect();
            vec![values[0], values[1], values[2], values[5]]
        })
        .collect();

    keys.sort_unstable();
    keys.dedup();

    assert_eq!(keys.len(), 100_000);
}

#[test]
fn an_entity_that_others_refer_to_must_be_made_too() {
    assert_eq!(provider(1).missing(), None);
    for entity in [EntityType::Customers, EntityType::Invoices] {
        let mut provider = provider(1);
        provider.slice_mut(entity).count = 0;
        assert!(provider.missing().is_some(), "{entity}");
    }
}

#[test]
fn exactly_those_that_are_said_to_fail_validation_fail_it() {
    let plan = default_plan();
    let mut failed = 0;
    let provider = provider(42);

    for index in 0..COUNT {
        let fails = !pushed(&plan, &provider.customer(index)).errors.is_empty();
        assert_eq!(fails, provider.fails_validation(index + 1), "{index}");
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
        let first = phone_like_new(&mut Random::of_item(42, id), "");
        let second = phone_like_new(&mut Random::of_item(42, id), &first);
        assert_ne!(first, second);
        let mapped = plan.push(&Map::from_iter([("phone".to_owned(), Value::from(second))]), &References::default());
        assert!(mapped.fields.contains_key("customer_phone"));
    }
}
