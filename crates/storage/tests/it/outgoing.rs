//! Records read for a push, beside their links.

use domain::EntityType::Customers;
use serde_json::Value;
use storage::records::links::{self, Confirmed};
use storage::records::{self, Outgoing};

use crate::stand::{Stand, customers};

async fn read(stand: &Stand, ids: &[i64]) -> Vec<Outgoing> {
    let columns = ["name", "balance", "no_such_column"].into_iter();
    records::read_named(&mut *stand.connection().await, customers(), columns, 1, ids).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn named_records_come_in_the_order_of_their_ids_with_their_digits() {
    let stand = Stand::new().await;
    stand.customers(3).await;
    stand.execute("UPDATE customers SET balance = 9999999999999.90 WHERE id = 3").await;

    let rows = read(&stand, &[3, 99, 1]).await;
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [1, 3]);

    let fields: Value = serde_json::from_str(&rows[1].fields).unwrap();
    assert_eq!(fields["balance"].to_string(), "9999999999999.90");
    assert_eq!(fields.as_object().unwrap().len(), 2, "a column that does not exist is left out: {fields}");

    let position: i64 = stand.ask("SELECT changed_xid FROM customers WHERE id = 3").await.parse().unwrap();
    assert_eq!((rows[1].changed_xid, rows[1].geniacs_id.as_deref(), rows[1].unconfirmed), (position, None, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_record_is_read_only_while_geniacs_has_it() {
    let stand = Stand::new().await;
    stand.customers(3).await;
    let mut connection = stand.connection().await;
    let linked = |local_id, geniacs_id, deleted| Confirmed {
        local_id,
        geniacs_id: Some(geniacs_id),
        content_hash: Some(b"hash"),
        agreed: None,
        deleted,
        ..Confirmed::default()
    };
    links::confirm(&mut connection, 1, Customers, &[linked(1, "g1", false), linked(2, "g2", true)]).await.unwrap();
    stand.execute("UPDATE customers SET deleted_at = now()").await;

    let rows = read(&stand, &[1, 2, 3]).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!((rows[0].id, rows[0].deleted, rows[0].geniacs_id.as_deref()), (1, true, Some("g1")));
    assert_eq!(rows[0].content_hash.as_deref(), Some(b"hash".as_slice()));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_integration_s_links_are_not_read() {
    let stand = Stand::new().await;
    stand.integration(2).await;
    stand.customers(1).await;
    let theirs = Confirmed {
        local_id: 1,
        geniacs_id: Some("theirs"),
        content_hash: Some(b"hash"),
        agreed: None,
        deleted: false,
        ..Confirmed::default()
    };
    links::confirm(&mut *stand.connection().await, 2, Customers, &[theirs]).await.unwrap();

    let rows = read(&stand, &[1]).await;
    assert_eq!((rows[0].geniacs_id.as_deref(), rows[0].content_hash.as_deref()), (None, None));
}
