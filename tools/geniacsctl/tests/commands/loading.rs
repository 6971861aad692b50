use crate::stand::{client, number, run_on, text};
use test_support::TestDatabase;

const CONTENT: &str = "SELECT md5(string_agg(md5(row(customer_code, name, email, phone, address, city, province,
    postal_code, latitude, longitude, status, customer_type, company_name, tax_id, registration_date, balance, notes)::text),
    ',' ORDER BY id)) FROM customers";

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_loads_the_same_customers_into_every_database() {
    let (one, other) = (TestDatabase::create().await, TestDatabase::create().await);
    for database in [&one, &other] {
        let ran = run_on(database, &["demo", "load", "--customers", "3000"]).succeeded();
        assert!(
            ran.stdout.starts_with("loaded 3,000 customers") && ran.stdout.contains("30 of them"),
            "{}",
            ran.stdout
        );
    }
    assert_eq!(text(&client(&one).await, CONTENT).await, text(&client(&other).await, CONTENT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn loading_changes_no_character() {
    let database = TestDatabase::create().await;
    run_on(&database, &["demo", "load", "--customers", "10000"]).succeeded();
    let client = client(&database).await;
    for (what, sql) in [
        ("tabs", "SELECT count(*) FROM customers WHERE notes LIKE E'%\\t%'"),
        ("line breaks", "SELECT count(*) FROM customers WHERE notes LIKE E'%\\n%'"),
        ("backslashes", "SELECT count(*) FROM customers WHERE notes LIKE '%\\\\%'"),
        ("Arabic", "SELECT count(*) FROM customers WHERE name = 'محمد عبد الرحمن'"),
        ("longest names", "SELECT count(*) FROM customers WHERE length(name) = 255"),
        ("no e-mail address", "SELECT count(*) FROM customers WHERE email IS NULL"),
        ("an empty e-mail address", "SELECT count(*) FROM customers WHERE email = ''"),
        ("debts", "SELECT count(*) FROM customers WHERE balance < 0"),
    ] {
        assert!(number(&client, sql).await > 0, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_not_empty_is_refused_or_added_to() {
    let database = TestDatabase::create().await;
    run_on(&database, &["demo", "load", "--customers", "5"]).succeeded();
    let again = run_on(&database, &["demo", "load", "--customers", "5"]);
    assert!(again.sentence().contains("--append"), "{}", again.stderr);
    run_on(&database, &["demo", "load", "--customers", "5", "--append"]).succeeded();
    let client = client(&database).await;
    assert_eq!(number(&client, "SELECT count(DISTINCT customer_code) FROM customers").await, 10);
    assert_eq!(text(&client, "SELECT max(customer_code) FROM customers").await, "CUST-000010");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_touch_changes_exactly_so_many_customers_each_time() {
    let database = TestDatabase::create().await;
    run_on(&database, &["demo", "load", "--customers", "500"]).succeeded();
    let client = client(&database).await;
    client.batch_execute("CREATE TABLE before AS TABLE customers").await.unwrap();
    for _ in 0..2 {
        run_on(&database, &["demo", "touch", "--count", "100"]).succeeded();
        let changed = "SELECT count(*) FROM customers c JOIN before b USING (id) WHERE c.phone IS DISTINCT FROM b.phone
            AND c.changed_xid > b.changed_xid AND c.email LIKE '%@%'";
        assert_eq!(number(&client, changed).await, 100);
        client.batch_execute("DROP TABLE before; CREATE TABLE before AS TABLE customers").await.unwrap();
    }
    let too_many = run_on(&database, &["demo", "touch", "--count", "501"]);
    assert!(too_many.sentence().contains("demo load"), "{}", too_many.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_database_is_made_anew_and_no_other_is_dropped() {
    let database = TestDatabase::create().await;
    let name = format!("demo_{}", uuid::Uuid::new_v4().simple());
    let reset = ["demo", "reset", "--name", name.as_str()];
    for _ in 0..2 {
        let ran = run_on(&database, &reset).succeeded();
        assert!(ran.stdout.trim_end().ends_with(&format!("/{name}")), "{}", ran.stdout);
    }
    let client = client(&database).await;
    client.batch_execute(&format!("COMMENT ON DATABASE {name} IS 'accounts'")).await.unwrap();
    let refused = run_on(&database, &reset);
    assert!(refused.sentence().contains("was not made by a demo"), "{}", refused.stderr);
    client.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
}
