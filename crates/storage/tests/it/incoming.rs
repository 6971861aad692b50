//! Records from Geniacs: found, made, changed.

use domain::EntityType::Customers;
use serde_json::{Map, Value, json};
use storage::records::links::{self, Confirmed};
use storage::records::{self, Candidate, Insert, Update, Written};
use storage::sqlstate::is_data_error;

use crate::stand::{Stand, customers};

const COLUMNS: [&str; 7] = ["customer_code", "name", "email", "status", "balance", "currency", "registration_date"];

fn fields(fields: Value) -> Map<String, Value> {
    let Value::Object(fields) = fields else { panic!("{fields} is no object") };
    fields
}

/// A decimal with its digits, as it comes from the wire.
fn money(digits: &str) -> Value {
    serde_json::from_str(digits).unwrap()
}

async fn link(stand: &Stand, integration_id: i64, local_id: i64, geniacs_id: &str) {
    let link = Confirmed {
        local_id,
        geniacs_id: Some(geniacs_id),
        content_hash: None,
        agreed: None,
        deleted: false,
        ..Confirmed::default()
    };
    links::confirm(&mut *stand.connection().await, integration_id, Customers, &[link]).await.unwrap();
}

async fn find(stand: &Stand, geniacs_id: &str, external_id: Option<i64>, natural_key: Option<&str>) -> Option<i64> {
    let candidate = Candidate { geniacs_id, external_id, natural_key };
    let found = records::match_incoming(&mut *stand.connection().await, customers(), 1, &[candidate]).await.unwrap();
    assert_eq!(found.len(), 1);
    found[0]
}

async fn insert(stand: &Stand, rows: &[Value]) -> storage::Result<Vec<Written>> {
    let rows: Vec<Insert> =
        (1..).zip(rows).map(|(n, row)| Insert { geniacs_id: format!("g{n}"), fields: fields(row.clone()) }).collect();
    records::insert(&mut *stand.connection().await, customers(), COLUMNS.into_iter(), &rows).await
}

async fn update(stand: &Stand, id: i64, changes: Value, restore: bool) -> Value {
    let row = Update { id, fields: fields(changes), restore };
    let written = records::update(&mut *stand.connection().await, customers(), COLUMNS.into_iter(), &[row]).await;
    let written = written.unwrap().remove(0);
    assert_eq!(written.id, id);
    serde_json::from_str(&written.fields).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_found_by_its_link_then_by_its_external_id_then_by_its_natural_key() {
    let stand = Stand::new().await;
    stand.customers(4).await;
    link(&stand, 1, 1, "g1").await;
    assert_eq!(find(&stand, "g1", Some(2), Some("C3")).await, Some(1));
    assert_eq!(find(&stand, "new", Some(2), Some("C3")).await, Some(2));
    assert_eq!(find(&stand, "new", Some(404), Some("C3")).await, Some(3));
    assert_eq!(find(&stand, "new", None, Some("C404")).await, None);
    assert_eq!(find(&stand, "new", None, None).await, None);

    let page = [("new", None), ("g1", None), ("newer", Some("C4"))].map(|(geniacs_id, natural_key)| Candidate {
        geniacs_id,
        external_id: None,
        natural_key,
    });
    let found = records::match_incoming(&mut *stand.connection().await, customers(), 1, &page).await.unwrap();
    assert_eq!(found, [None, Some(1), Some(4)], "in the order asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_another_record_at_geniacs_is_not_taken() {
    let stand = Stand::new().await;
    stand.integration(2).await;
    stand.customers(3).await;
    link(&stand, 1, 1, "g1").await;

    assert_eq!(find(&stand, "other", Some(1), Some("C1")).await, None);
    link(&stand, 2, 2, "theirs").await;
    assert_eq!(find(&stand, "theirs", None, Some("C2")).await, Some(2), "another integration's link is not ours");
    stand.note_sent(&[3]).await;
    assert_eq!(find(&stand, "new", Some(3), None).await, Some(3), "a push without a known outcome is no link yet");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_row_is_found_by_what_names_it_and_not_by_its_natural_key() {
    let stand = Stand::new().await;
    stand.customers(2).await;
    link(&stand, 1, 1, "g1").await;
    stand.execute("UPDATE customers SET deleted_at = now()").await;
    assert_eq!(find(&stand, "g1", None, None).await, Some(1));
    assert_eq!(find(&stand, "new", Some(2), None).await, Some(2));
    assert_eq!(find(&stand, "new", None, Some("C2")).await, None, "its code may be in use again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_row_gets_a_key_of_its_own_and_the_defaults_that_its_record_lacks() {
    let stand = Stand::new().await;
    let rows =
        [json!({"name": "Z"}), json!({"name": "A", "customer_code": "C1", "status": "suspended", "balance": null})];

    let written = insert(&stand, &rows).await.unwrap();
    let bare: Value = serde_json::from_str(&written[0].fields).unwrap();
    assert_eq!((&bare["name"], &bare["customer_code"]), (&json!("Z"), &json!(format!("GEN-{}", written[0].id))));
    assert_eq!((&bare["status"], &bare["currency"]), (&json!("active"), &json!("IDR")));

    let full: Value = serde_json::from_str(&written[1].fields).unwrap();
    assert_eq!((&full["customer_code"], &full["status"]), (&json!("C1"), &json!("suspended")));
    assert_eq!(full["balance"].to_string(), "0.00");

    let ids = "SELECT string_agg(name || '=' || geniacs_customer_id, ' ' ORDER BY name) FROM customers";
    assert_eq!(stand.ask(ids).await, "A=g2 Z=g1");
}

#[tokio::test(flavor = "multi_thread")]
async fn new_rows_come_back_in_the_order_given() {
    let stand = Stand::new().await;
    let rows: Vec<Value> = (0..50).map(|n| json!({"name": format!("{}", (n * 37) % 50)})).collect();
    let written = insert(&stand, &rows).await.unwrap();
    let names = written.iter().map(|row| serde_json::from_str::<Value>(&row.fields).unwrap()["name"].clone());
    assert!(names.eq(rows.iter().map(|row| row["name"].clone())));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_changes_only_the_columns_it_names() {
    let stand = Stand::new().await;
    let before = json!({"customer_code": "C1", "name": "Budi", "email": "budi@example.co.id", "registration_date": "2024-02-29"});
    let id = insert(&stand, &[before]).await.unwrap()[0].id;
    stand.execute("UPDATE customers SET notes = 'not mapped', metadata = '{\"own\": 1}'").await;
    let after = update(&stand, id, json!({"name": "Budi Santoso", "email": null}), false).await;
    assert_eq!((&after["name"], &after["email"]), (&json!("Budi Santoso"), &Value::Null));
    assert_eq!((&after["customer_code"], &after["registration_date"]), (&json!("C1"), &json!("2024-02-29")));
    assert_eq!(stand.ask("SELECT notes || metadata FROM customers").await, r#"not mapped{"own": 1}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_brings_a_deleted_row_back_only_if_told() {
    let stand = Stand::new().await;
    stand.customers(2).await;
    let mut connection = stand.connection().await;

    assert_eq!(records::remove(&mut connection, customers(), &[1]).await.unwrap(), 1);
    assert_eq!(records::remove(&mut connection, customers(), &[1]).await.unwrap(), 0, "it is deleted already");

    let deleted = "SELECT deleted_at IS NOT NULL FROM customers WHERE id = 1";
    update(&stand, 1, json!({"name": "still gone"}), false).await;
    assert_eq!(stand.ask(deleted).await, "true");
    update(&stand, 1, json!({}), true).await;
    assert_eq!(stand.ask(deleted).await, "false");
}

#[tokio::test(flavor = "multi_thread")]
async fn money_keeps_its_digits_all_the_way() {
    let stand = Stand::new().await;
    for digits in ["0.10", "-0.01", "1234567890123.45", "9999999999999.99", "100.00"] {
        let written = insert(&stand, &[json!({"name": "n", "balance": money(digits)})]).await.unwrap().remove(0);
        let after = update(&stand, written.id, json!({"name": "m"}), false).await;
        assert_eq!(after["balance"].to_string(), digits, "inserted, and left alone by an update");
        update(&stand, written.id, json!({"balance": money("7")}), false).await;
        let after = update(&stand, written.id, json!({"balance": digits}), false).await;
        assert_eq!(after["balance"].to_string(), digits, "updated from text");
        let columns = ["balance"].into_iter();
        let read = records::read_named(&mut *stand.connection().await, customers(), columns, 1, &[written.id]).await;
        assert!(read.unwrap()[0].fields.contains(digits));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn locked_rows_come_with_their_links_and_the_hash_they_hold() {
    let stand = Stand::new().await;
    stand.customers(2).await;
    link(&stand, 1, 2, "g2").await;
    records::remove(&mut *stand.connection().await, customers(), &[1]).await.unwrap();

    let columns = COLUMNS.into_iter();
    let rows = records::lock(&mut *stand.connection().await, customers(), columns, 1, &[2, 1]).await.unwrap();
    let seen: Vec<_> = rows.iter().map(|row| (row.id, row.deleted, row.geniacs_id.as_deref())).collect();
    assert_eq!(seen, [(1, true, None), (2, false, Some("g2"))]);
    assert_eq!((rows[0].record_version, &rows[0].field_versions), (0, &json!({})));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_cannot_be_stored_is_told_from_trouble_and_leaves_nothing() {
    let stand = Stand::new().await;
    let cases = [
        json!({"name": "n", "status": "no such status"}),
        json!({"name": "n", "balance": money("99999999999999.00")}),
        json!({"name": "n", "balance": "not a number"}),
        json!({"name": "n", "registration_date": "2023-02-29"}),
        json!({"name": "n", "currency": "RUPIAH"}),
        json!({"name": "n".repeat(256)}),
        json!({"name": null}),
    ];
    for case in cases {
        let error = insert(&stand, &[json!({"name": "good"}), case.clone()]).await.unwrap_err();
        assert!(is_data_error(&error), "{case}: {error}");
    }

    stand.customers(1).await;
    let error = insert(&stand, &[json!({"name": "n", "customer_code": "C1"})]).await.unwrap_err();
    assert!(is_data_error(&error), "a code that is taken: {error}");
    assert_eq!(stand.ask("SELECT count(*) FROM customers").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_null_leaves_a_column_that_refuses_it_and_clears_any_other() {
    let stand = Stand::new().await;
    stand.customers(1).await;
    update(&stand, 1, json!({"status": "suspended", "email": "siti@example.com"}), false).await;
    let row = update(&stand, 1, json!({"status": null, "customer_code": null, "email": null}), false).await;
    assert_eq!(
        (&row["status"], &row["customer_code"], &row["email"]),
        (&json!("suspended"), &json!("C1"), &Value::Null)
    );
}
