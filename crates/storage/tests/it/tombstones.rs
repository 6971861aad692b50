//! Rows that were deleted for good: what tells a push of them, and for how long.

use domain::EntityType::Customers;
use storage::records::links::{self, Confirmed};
use storage::records::{self, Bound, Outgoing, Selection};
use storage::runs::chunks::Stretch;
use storage::upkeep::retention;
use test_support::eventually;

use crate::stand::{LIMIT, Stand, customers, run};

/// Links the first customers to Geniacs ids `g1`, `g2`…
async fn link(stand: &Stand, count: i64) {
    let geniacs_ids: Vec<String> = (1..=count).map(|id| format!("g{id}")).collect();
    let confirmed: Vec<Confirmed<'_>> = (1..=count)
        .zip(&geniacs_ids)
        .map(|(local_id, id)| Confirmed {
            local_id,
            geniacs_id: Some(id),
            content_hash: Some(b"hash"),
            agreed: None,
            deleted: false,
            ..Confirmed::default()
        })
        .collect();

    links::confirm(&mut *stand.connection().await, 1, Customers, &confirmed).await.unwrap();
}

async fn tombstones(stand: &Stand) -> String {
    stand.ask("SELECT string_agg(local_id::text, ' ' ORDER BY local_id) FROM record_tombstones").await
}

/// The ids of a whole walk by ids or by changes, each with whether it is deleted.
async fn walk(stand: &Stand, by_change: bool, size: i64) -> Vec<(i64, bool)> {
    let mut connection = stand.connection().await;
    let highest = "greatest((SELECT max(changed_xid::text::bigint) FROM customers),
        (SELECT max(changed_xid::text::bigint) FROM record_tombstones))";
    let upper = eventually("older transactions end", LIMIT, async || {
        let highest: i64 = stand.ask(&format!("SELECT {highest}")).await.parse().unwrap();
        let (below, highest_id) = records::horizon(&mut connection, customers()).await.unwrap();
        (below > highest).then_some(if by_change { below } else { highest_id })
    })
    .await;

    let selection = Selection { by_change, upper, updated_since: None, status: None, deletions: true };
    let (mut after, mut found): (Bound, Vec<(i64, bool)>) = ((0, 0), Vec::new());
    loop {
        let (stretches, taken) =
            records::cut(&mut connection, customers(), &selection, after, size, size * 2).await.unwrap();
        for stretch in stretches {
            after = stretch.upto;
            let rows = read_stretch(&mut connection, &selection, stretch).await;
            found.extend(rows.iter().map(|row| (row.id, row.deleted)));
        }

        if taken < size * 2 {
            let counted = records::count(&mut connection, customers(), 1, &selection, (0, 0)).await.unwrap();
            assert_eq!(counted, i64::try_from(found.len()).unwrap());
            return found;
        }
    }
}

async fn read_stretch(connection: &mut storage::Connection, selection: &Selection, stretch: Stretch) -> Vec<Outgoing> {
    records::read_stretch(connection, customers(), ["name"].into_iter(), 1, selection, stretch).await.unwrap()
}

async fn read_named(stand: &Stand, ids: &[i64]) -> Vec<Outgoing> {
    let mut connection = stand.connection().await;
    records::read_named(&mut connection, customers(), ["name"].into_iter(), 1, ids).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_row_leaves_a_tombstone_if_geniacs_has_or_may_have_it() {
    let stand = Stand::new().await;
    stand.customers(6).await;
    link(&stand, 3).await;
    stand.execute("UPDATE record_links SET deleted_version = 1 WHERE local_id = 3").await;
    stand.note_sent(&[4]).await;

    stand.execute("DELETE FROM customers WHERE id > 1").await;
    assert_eq!(tombstones(&stand).await, "2 4", "3 is deleted there too, 5 and 6 never were there");

    let rows = read_named(&stand, &[1, 2, 3, 4, 5]).await;
    let seen: Vec<_> = rows.iter().map(|row| (row.id, row.deleted, row.geniacs_id.as_deref())).collect();
    assert_eq!(seen, [(1, false, Some("g1")), (2, true, Some("g2")), (4, true, None)]);
    assert!(rows[2].unconfirmed);
    assert_eq!(rows[1].fields, "{}");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_walks_show_rows_and_tombstones_once_in_one_order() {
    let stand = Stand::new().await;
    stand.customers(20).await;
    link(&stand, 20).await;
    // In several transactions, so that rows and tombstones alternate by change too; the highest id is among them.
    for id in [3, 4, 11, 20] {
        stand.execute(&format!("DELETE FROM customers WHERE id = {id}")).await;
        stand.execute(&format!("UPDATE customers SET name = name || '!' WHERE id = {id} - 1")).await;
    }

    let expected: Vec<(i64, bool)> = (1..=20).map(|id| (id, [3, 4, 11, 20].contains(&id))).collect();
    for by_change in [false, true] {
        for size in [1, 2, 3, 5, 10, 40] {
            let mut found = walk(&stand, by_change, size).await;
            found.sort_unstable();
            assert_eq!(found, expected, "by change: {by_change}, {size} at a time");
        }
    }

    let narrowed = Selection {
        by_change: false,
        upper: 20,
        updated_since: None,
        status: Some("active".to_owned()),
        deletions: true,
    };
    let counted = records::count(&mut *stand.connection().await, customers(), 1, &narrowed, (0, 0)).await.unwrap();
    assert_eq!(counted, 16, "a deleted row has no status to ask for");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_leaves_out_the_deletions_that_nobody_has_to_be_told_of() {
    let stand = Stand::new().await;
    stand.customers(8).await;
    link(&stand, 4).await;
    stand.execute("UPDATE record_links SET deleted_version = 1 WHERE local_id = 1").await;
    stand.execute("UPDATE customers SET deleted_at = now() WHERE id IN (1, 2, 7, 8)").await;
    stand.execute("DELETE FROM customers WHERE id IN (3, 5)").await;
    stand.execute("INSERT INTO record_tombstones (entity_type, local_id) VALUES ('customers', 5)").await;

    let all = Selection { by_change: false, upper: 8, updated_since: None, status: None, deletions: true };
    let counted = records::count(&mut *stand.connection().await, customers(), 1, &all, (0, 0)).await.unwrap();
    let stretch = Stretch { after: (0, 0), upto: (0, 8) };
    let read = read_stretch(&mut *stand.connection().await, &all, stretch).await;
    let ids: Vec<i64> = read.iter().map(|row| row.id).collect();

    assert_eq!(ids, [2, 3, 4, 6], "two deletions to be told, and two rows");
    assert_eq!(counted, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_made_anew_under_the_same_id_speaks_for_itself() {
    let stand = Stand::new().await;
    stand.customers(3).await;
    link(&stand, 3).await;
    stand.execute("DELETE FROM customers WHERE id = 2").await;
    stand.execute("INSERT INTO customers (id, name) VALUES (2, 'again')").await;

    for by_change in [false, true] {
        let mut found = walk(&stand, by_change, 10).await;
        found.sort_unstable();
        assert_eq!(found, [(1, false), (2, false), (3, false)]);
    }

    stand.execute("DELETE FROM customers WHERE id = 2").await;
    assert!(read_named(&stand, &[2]).await[0].deleted, "deleted once more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_deleted_while_it_is_sent_for_the_first_time_gets_its_tombstone_with_its_link() {
    let stand = Stand::new().await;
    stand.customers(2).await;
    stand.execute("DELETE FROM customers WHERE id = 2").await;
    assert_eq!(tombstones(&stand).await, "", "nothing here knows that Geniacs has it");
    link(&stand, 2).await;
    records::leave_tombstones(&mut *stand.connection().await, customers(), &[1, 2]).await.unwrap();
    assert_eq!(tombstones(&stand).await, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deletion_of_an_application_without_rights_on_our_tables_succeeds() {
    let stand = Stand::new().await;
    stand.customers(2).await;
    link(&stand, 2).await;
    let role = format!("app_{}", stand.ask("SELECT md5(current_database())").await);
    stand.execute(&format!("CREATE ROLE {role}; GRANT SELECT, DELETE ON customers TO {role}")).await;

    let mut connection = stand.connection().await;
    run(&mut connection, &format!("SET ROLE {role}; DELETE FROM customers WHERE id = 1; RESET ROLE")).await;
    assert_eq!(tombstones(&stand).await, "1");
    stand.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tombstone_goes_once_nobody_needs_it() {
    let stand = Stand::new().await;
    stand.customers(4).await;
    link(&stand, 4).await;
    stand.execute("DELETE FROM customers WHERE id <= 3").await;
    stand.execute("UPDATE record_links SET deleted_version = 1 WHERE local_id = 1").await;
    stand.execute("INSERT INTO customers (id, name) VALUES (2, 'again')").await;

    let mut connection = stand.connection().await;
    let batch = retention::delete_tombstones(&mut connection, customers(), 0).await.unwrap();
    assert_eq!((batch.deleted, batch.last, batch.more), (2, Some(3), false));
    assert_eq!(tombstones(&stand).await, "3", "Geniacs still has this one");
}
