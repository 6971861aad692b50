use crate::stand::{client, number, run_on, text};
use test_support::TestDatabase;

const CONTENT: &str = "SELECT md5(string_agg(md5(row(customer_code, name, email, phone, address, city, province,
    postal_code, latitude, longitude, status, customer_type, company_name, tax_id, registration_date, balance, notes)::text),
    ',' ORDER BY id)) FROM customers";
/// The other tables, and what puts their rows in order.
const REST: [(&str, &str); 5] = [
    ("nas_servers", "id"),
    ("customer_subscriptions", "id"),
    ("invoices", "id"),
    ("payments", "id"),
    ("monitoring_data", "recorded_at, id"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_loads_the_same_customers_into_every_database() {
    let (one, other) = (TestDatabase::create().await, TestDatabase::create().await);
    for database in [&one, &other] {
        let ran = run_on(database, &["load", "--customers", "3000"]).succeeded();
        assert!(
            ran.stdout.starts_with(
                "loaded 12 nas_servers, 3,000 customers, 3,600 subscriptions, 9,000 invoices, 7,500 payments, \
                 30,000 monitoring_data in"
            ) && ran.stdout.contains("30 customers have"),
            "{}",
            ran.stdout
        );
    }

    let (one, other) = (client(&one).await, client(&other).await);
    assert_eq!(text(&one, CONTENT).await, text(&other, CONTENT).await);

    for (table, order) in REST {
        let sql = format!(
            "SELECT md5(string_agg(md5((to_jsonb(t) - 'created_at' - 'updated_at' - 'changed_xid')::text), ',' ORDER BY {order}))
             FROM {table} t"
        );
        assert_eq!(text(&one, &sql).await, text(&other, &sql).await, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_statuses_and_owners_agree() {
    let database = TestDatabase::create().await;
    run_on(&database, &["load", "--customers", "1000"]).succeeded();
    let client = client(&database).await;

    for (what, sql) in [
        (
            "what was paid is what came in",
            "SELECT count(*) FROM invoices i WHERE paid_amount <> (SELECT coalesce(sum(amount), 0) FROM payments p
                 WHERE p.invoice_id = i.id AND p.status = 'success')",
        ),
        (
            "a status says what was paid",
            "SELECT count(*) FROM invoices WHERE (status = 'paid') <> (paid_amount = total_amount AND paid_at IS NOT NULL)
                 OR (status = 'partially_paid') <> (paid_amount > 0 AND paid_amount < total_amount)",
        ),
        (
            "a total is its parts",
            "SELECT count(*) FROM invoices WHERE total_amount <> amount + tax_amount - discount_amount",
        ),
        (
            "an invoice goes to the subscription's customer",
            "SELECT count(*) FROM invoices i JOIN customer_subscriptions s ON s.id = i.subscription_id
             WHERE s.customer_id <> i.customer_id",
        ),
        (
            "a payment comes from the invoice's customer",
            "SELECT count(*) FROM payments p JOIN invoices i ON i.id = p.invoice_id WHERE p.customer_id <> i.customer_id",
        ),
        (
            "a customer who left has nothing that runs",
            "SELECT count(*) FROM customer_subscriptions s JOIN customers c ON c.id = s.customer_id
             WHERE s.status = 'active' AND c.status <> 'active'",
        ),
        (
            "a sample is taken at the subscription's server",
            "SELECT count(*) FROM monitoring_data m JOIN customer_subscriptions s ON s.id = m.subscription_id
             WHERE m.nas_server_id <> s.nas_server_id",
        ),
    ] {
        assert_eq!(number(&client, sql).await, 0, "{what}");
    }

    let statuses = "SELECT count(DISTINCT status) FROM";
    assert_eq!(number(&client, &format!("{statuses} invoices")).await, 7);
    assert!(number(&client, &format!("{statuses} payments")).await >= 6);
    assert_eq!(number(&client, &format!("{statuses} customer_subscriptions")).await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_size_can_be_set_and_a_missing_one_is_asked_for() {
    let database = TestDatabase::create().await;
    let sizes =
        ["--nas-servers", "2", "--subscriptions", "7", "--invoices", "9", "--payments", "21", "--samples", "50"];

    run_on(&database, &[&["load", "--customers", "5", "--json"], &sizes[..]].concat()).succeeded();
    let client = client(&database).await;

    for (table, count) in [("nas_servers", 2), ("customer_subscriptions", 7), ("invoices", 9), ("payments", 21)] {
        assert_eq!(number(&client, &format!("SELECT count(*) FROM {table}")).await, count, "{table}");
    }

    assert_eq!(number(&client, "SELECT count(*) FROM monitoring_data").await, 50);

    let refused = run_on(&database, &["load", "--customers", "0", "--invoices", "1"]);
    assert!(refused.sentence().contains("--customers"), "{}", refused.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn loading_changes_no_character() {
    let database = TestDatabase::create().await;
    run_on(&database, &["load", "--customers", "10000"]).succeeded();
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
    run_on(&database, &["load", "--customers", "5"]).succeeded();
    let again = run_on(&database, &["load", "--customers", "5"]);
    assert!(again.sentence().contains("--append"), "{}", again.stderr);
    run_on(&database, &["load", "--customers", "5", "--append"]).succeeded();

    let client = client(&database).await;
    assert_eq!(number(&client, "SELECT count(DISTINCT customer_code) FROM customers").await, 10);
    assert_eq!(text(&client, "SELECT max(customer_code) FROM customers").await, "CUST-000010");

    let foreign = "SELECT count(*) FROM customer_subscriptions s JOIN customers c ON c.id = s.customer_id
        WHERE right(s.subscription_code, 6)::int > 6 AND c.customer_code <= 'CUST-000005'";
    assert_eq!(number(&client, foreign).await, 0, "what is added refers to what was added with it");

    client.execute("INSERT INTO customers (name) VALUES ('Next')", &[]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_touch_changes_exactly_so_many_customers_each_time() {
    let database = TestDatabase::create().await;
    run_on(&database, &["load", "--customers", "500"]).succeeded();
    let client = client(&database).await;
    client.batch_execute("CREATE TABLE before AS TABLE customers").await.unwrap();

    for _ in 0..2 {
        run_on(&database, &["touch", "--count", "100"]).succeeded();
        let changed = "SELECT count(*) FROM customers c JOIN before b USING (id) WHERE c.phone IS DISTINCT FROM b.phone
            AND c.changed_xid > b.changed_xid AND c.email LIKE '%@%'";
        assert_eq!(number(&client, changed).await, 100);
        client.batch_execute("DROP TABLE before; CREATE TABLE before AS TABLE customers").await.unwrap();
    }

    for (entity, table) in [
        ("subscriptions", "customer_subscriptions"),
        ("invoices", "invoices"),
        ("payments", "payments"),
        ("nas_servers", "nas_servers"),
    ] {
        client.batch_execute(&format!("DROP TABLE before; CREATE TABLE before AS TABLE {table}")).await.unwrap();
        run_on(&database, &["touch", "--entity", entity, "--count", "2"]).succeeded();
        let changed = format!(
            "SELECT count(*) FROM {table} t JOIN before b USING (id) WHERE t.changed_xid > b.changed_xid
            AND to_jsonb(t) - 'changed_xid' - 'updated_at' <> to_jsonb(b) - 'changed_xid' - 'updated_at'"
        );
        assert_eq!(number(&client, &changed).await, 2, "{entity}");
    }

    run_on(&database, &["touch", "--entity", "monitoring_data", "--count", "7"]).succeeded();
    assert_eq!(number(&client, "SELECT count(*) FROM monitoring_data").await, 5_007);

    let too_many = run_on(&database, &["touch", "--count", "501"]);
    assert!(too_many.sentence().contains("geniacs-demo load"), "{}", too_many.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_database_is_made_anew_and_no_other_is_dropped() {
    let database = TestDatabase::create().await;
    let name = format!("demo_{}", uuid::Uuid::new_v4().simple());
    let reset = ["reset", "--name", name.as_str()];

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
