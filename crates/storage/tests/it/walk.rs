//! What a push walks: each record once, whatever is written meanwhile.

use chrono::{DateTime, TimeDelta};
use storage::Connection;
use storage::records::{self, Bound, Outgoing, Selection};
use storage::runs::chunks::Stretch;
use test_support::eventually;

use crate::stand::{LIMIT, Stand, customers, number, run};

fn full(upper: i64) -> Selection {
    Selection { by_change: false, upper, updated_since: None, status: None, deletions: true }
}

fn changes(below: i64) -> Selection {
    Selection { by_change: true, upper: below, updated_since: None, status: None, deletions: true }
}

async fn read(connection: &mut Connection, selection: &Selection, stretch: Stretch) -> Vec<Outgoing> {
    records::read_stretch(connection, customers(), ["name"].into_iter(), 1, selection, stretch).await.unwrap()
}

/// Cuts and reads a whole walk and returns its ids in order, with repeats if there are any.
async fn walk(connection: &mut Connection, selection: &Selection, start: Bound, size: i64, pieces: i64) -> Vec<i64> {
    let (mut after, mut ids) = (start, Vec::new());
    loop {
        let cut = records::cut(connection, customers(), selection, after, size, size * pieces).await.unwrap();
        let (stretches, taken) = cut;

        let mut read_now = 0;
        for stretch in stretches {
            assert_eq!(stretch.after, after, "each stretch begins where the one before ended");
            after = stretch.upto;
            let rows = read(connection, selection, stretch).await;
            let length = i64::try_from(rows.len()).unwrap();
            assert!(length <= size, "{length} records in a stretch of {size}");
            read_now += length;
            ids.extend(rows.iter().map(|row| row.id));
        }

        assert_eq!(read_now, taken);
        if taken < size * pieces {
            ids.sort_unstable();
            return ids;
        }
    }
}

async fn ids(stand: &Stand, condition: &str) -> Vec<i64> {
    let ids =
        stand.ask(&format!("SELECT string_agg(id::text, ' ' ORDER BY id) FROM customers WHERE {condition}")).await;
    ids.split_whitespace().map(|id| id.parse().unwrap()).collect()
}

/// A place that every change so far lies below. Transactions anywhere on the server hold it back.
async fn horizon_past_all(stand: &Stand) -> i64 {
    eventually("older transactions end", LIMIT, async || {
        let highest = stand.ask("SELECT max(changed_xid::text::bigint) FROM customers").await;
        let (below, _) = records::horizon(&mut *stand.connection().await, customers()).await.unwrap();
        (below > highest.parse().unwrap()).then_some(below)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_walk_covers_every_record_once_with_any_batch_size() {
    let stand = Stand::new().await;
    let mut connection = stand.connection().await;
    for _ in 0..3 {
        let (_, upper) = records::horizon(&mut connection, customers()).await.unwrap();
        let expected = ids(&stand, "true").await;
        for size in [1, 2, 3, 5, 8, 13, 20, 21, 40] {
            for pieces in [1, 2, 7] {
                let walked = walk(&mut connection, &full(upper), (0, 0), size, pieces).await;
                assert_eq!(walked, expected, "{pieces} pieces of {size}");
            }
        }

        let counted = records::count(&mut connection, customers(), 1, &full(upper), (0, 0)).await.unwrap();
        assert_eq!(counted, i64::try_from(expected.len()).unwrap());
        stand.customers_with_gaps(20).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_by_change_covers_every_record_once_with_any_batch_size() {
    let stand = Stand::new().await;
    for _ in 0..3 {
        stand.customers_with_gaps(10).await;
    }
    // Positions in another order than ids, and many records at one position.
    stand.execute("UPDATE customers SET name = name || '!' WHERE id % 3 = 0").await;
    stand.execute("UPDATE customers SET name = name || '!' WHERE id IN (1, 7)").await;

    let mut connection = stand.connection().await;
    let below = horizon_past_all(&stand).await;
    let expected = ids(&stand, "true").await;
    for size in [1, 2, 3, 4, 7, 29, 30, 31] {
        for pieces in [1, 3] {
            let walked = walk(&mut connection, &changes(below), (0, 0), size, pieces).await;
            assert_eq!(walked, expected, "{pieces} pieces of {size}");
        }
    }

    let counted = records::count(&mut connection, customers(), 1, &changes(below), (0, 0)).await.unwrap();
    assert_eq!(counted, i64::try_from(expected.len()).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_changed_while_a_full_walk_passes_is_not_skipped_and_a_new_one_is_left_for_later() {
    let stand = Stand::new().await;
    stand.customers(10).await;
    let mut connection = stand.connection().await;
    let (_, upper) = records::horizon(&mut connection, customers()).await.unwrap();
    let selection = full(upper);
    let (stretches, _) = records::cut(&mut connection, customers(), &selection, (0, 0), 5, 5).await.unwrap();

    stand.execute("UPDATE customers SET name = name || '!' WHERE id IN (2, 8)").await;
    stand.customers_with_gaps(2).await;

    let first: Vec<i64> = read(&mut connection, &selection, stretches[0]).await.iter().map(|row| row.id).collect();
    assert_eq!(first, [1, 2, 3, 4, 5]);
    assert_eq!(walk(&mut connection, &selection, stretches[0].upto, 5, 1).await, [6, 7, 8, 9, 10]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_committed_late_by_an_older_transaction_is_not_skipped() {
    let stand = Stand::new().await;
    stand.customers(2).await;
    let (mut late, mut reader) = (stand.connection().await, stand.connection().await);
    run(&mut late, "BEGIN; INSERT INTO customers (id, name) VALUES (10, 'begun first, committed last')").await;
    stand.execute("INSERT INTO customers (id, name) VALUES (20, 'begun and committed meanwhile')").await;

    let (first, _) = records::horizon(&mut reader, customers()).await.unwrap();
    let seen = walk(&mut reader, &changes(first), (0, 0), 10, 1).await;
    assert!(!seen.contains(&10) && !seen.contains(&20), "neither lies below the oldest transaction: {seen:?}");

    run(&mut late, "COMMIT").await;
    let second = horizon_past_all(&stand).await;
    let then = walk(&mut reader, &changes(second), (first, 0), 10, 1).await;
    assert!(then.contains(&10) && then.contains(&20), "{then:?}");

    let mut both = [seen, then].concat();
    both.sort_unstable();
    assert_eq!(both, [1, 2, 10, 20], "each in exactly one of the runs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_changed_after_the_cut_leaves_its_stretch_and_is_in_the_next_run() {
    let stand = Stand::new().await;
    stand.customers(4).await;
    let mut connection = stand.connection().await;
    let below = horizon_past_all(&stand).await;
    let (stretches, taken) = records::cut(&mut connection, customers(), &changes(below), (0, 0), 10, 10).await.unwrap();
    assert_eq!(taken, 4);

    stand.execute("UPDATE customers SET name = 'changed' WHERE id = 2").await;
    let rows: Vec<i64> = read(&mut connection, &changes(below), stretches[0]).await.iter().map(|row| row.id).collect();
    assert_eq!(rows, [1, 3, 4]);

    let next = horizon_past_all(&stand).await;
    assert_eq!(walk(&mut connection, &changes(next), (below, 0), 10, 1).await, [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn storing_a_geniacs_id_is_not_a_change_and_changing_a_mapped_column_is() {
    let stand = Stand::new().await;
    stand.customers(2).await;
    let position = async || stand.ask("SELECT changed_xid FROM customers WHERE id = 2").await;
    let first = position().await;

    let mut connection = stand.connection().await;
    records::store_geniacs_ids(&mut connection, customers(), &[1, 2], &["g1", "g2"]).await.unwrap();
    stand.execute("UPDATE customers SET metadata = '{}'").await;
    assert_eq!(stand.ask("SELECT string_agg(geniacs_customer_id, ' ' ORDER BY id) FROM customers").await, "g1 g2");
    assert_eq!(position().await, first);

    let times = ["created_at", "updated_at"];
    for column in customers().columns.iter().filter(|column| !times.contains(&column.name)) {
        let before = position().await;
        stand.execute(&format!("UPDATE customers SET {0} = {0} WHERE id = 2", column.name)).await;
        assert_ne!(position().await, before, "{} moves the change position", column.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_narrow_what_is_counted_cut_and_read() {
    let stand = Stand::new().await;
    let insert = "INSERT INTO customers (name, status, updated_at)
        SELECT 'n', (ARRAY['active', 'suspended'])[1 + n % 2], 'epoch'::timestamptz + make_interval(secs => n)
        FROM generate_series(1, 10) n";
    stand.execute(insert).await;
    let mut connection = stand.connection().await;
    let below = horizon_past_all(&stand).await;
    let since = Some(DateTime::UNIX_EPOCH + TimeDelta::seconds(6));

    for plain in [full(10), changes(below)] {
        let cases = [
            (Selection { status: Some("suspended".to_owned()), ..plain.clone() }, vec![1, 3, 5, 7, 9]),
            (Selection { updated_since: since, ..plain.clone() }, vec![6, 7, 8, 9, 10]),
            (Selection { updated_since: since, status: Some("active".to_owned()), ..plain.clone() }, vec![6, 8, 10]),
        ];
        for (selection, expected) in cases {
            assert_eq!(walk(&mut connection, &selection, (0, 0), 2, 2).await, expected, "{selection:?}");
            let counted = records::count(&mut connection, customers(), 1, &selection, (0, 0)).await.unwrap();
            assert_eq!(counted, i64::try_from(expected.len()).unwrap());

            let whole = Stretch { after: (0, 0), upto: if plain.by_change { (below, 0) } else { (0, 10) } };
            let rows: Vec<i64> = read(&mut connection, &selection, whole).await.iter().map(|row| row.id).collect();
            assert_eq!(rows, expected, "one that left the filter after the cut is not read");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_begins_at_the_lowest_position_changed_within_it() {
    let stand = Stand::new().await;
    let old = "INSERT INTO customers (name, updated_at) VALUES ('old', now() - interval '1 day')";
    stand.execute(old).await;
    let mut connection = stand.connection().await;

    assert_eq!(records::window_start(&mut connection, customers(), 3_600).await.unwrap(), None);

    stand.execute("INSERT INTO customers (name) VALUES ('recent')").await;
    stand.execute("INSERT INTO customers (name) VALUES ('newest')").await;
    let recent: i64 = stand.ask("SELECT changed_xid FROM customers WHERE name = 'recent'").await.parse().unwrap();
    assert_eq!(records::window_start(&mut connection, customers(), 3_600).await.unwrap(), Some(recent));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stretch_of_what_one_transaction_changed_does_not_pass_over_the_rest() {
    let stand = Stand::new().await;
    stand.customers(20_000).await;
    let below = horizon_past_all(&stand).await;
    let xid: i64 = stand.ask("SELECT min(changed_xid::text::bigint) FROM customers").await.parse().unwrap();

    // A session of its own: its statistics hold nothing of how the rows were made.
    let mut connection = stand.database.connection().await;
    run(&mut connection, "BEGIN").await;

    let stretch = Stretch { after: (xid, 100), upto: (xid, 200) };
    assert_eq!(read(&mut connection, &changes(below), stretch).await.len(), 100);
    let pages = "SELECT pg_stat_get_xact_blocks_fetched('customers_changed'::regclass) AS n";
    assert!(number(&mut connection, pages).await < 20, "the index was read to the end of the transaction's rows");
    run(&mut connection, "ROLLBACK").await;
}
