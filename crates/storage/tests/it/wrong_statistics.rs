//! What a page, a batch or a look costs where the planner's statistics are wrong: busy tables fill and empty faster than
//! they are analysed.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use domain::EntityType::Customers;
use domain::SyncDirection::ToGeniacs;
use domain::run_mode::{FailedRecords, FailureFilter};
use domain::sync::RecordKey;
use domain::webhook::WebhookState;
use futures_util::FutureExt as _;
use storage::console::live;
use storage::records::waiting::{self, Wait};
use storage::records::{self, Update};
use storage::records::{missing, rekeyed, unanswered};
use storage::runs::chunks::{self, Turn};
use storage::runs::syncs::{self, Named};
use storage::runs::{plan_items, record_errors};
use storage::upkeep::retention::{self, Kind};
use storage::webhooks::{self, PutOff, Repeat, Verdict};
use storage::{Connection, PooledConnection, outbox};
use uuid::Uuid;

use crate::stand::{Stand, customers, run};

/// Rows of each table.
const ROWS: i64 = 20_000;
/// Records of a page or batch.
const PAGE: i64 = 1_000;
/// Far more than work that grows with the page takes on a busy machine, and far less than page times rows takes.
const GUARD: Duration = Duration::from_secs(1);

/// Tables that are written all the time, each full.
const FILL: &str = "
    INSERT INTO customers (customer_code, name) SELECT 'C' || n, 'Customer ' || n FROM generate_series(1, 20000) n;
    INSERT INTO record_links (integration_id, entity_type, local_id, geniacs_id)
        SELECT 1, 'customers', n, 'g' || n FROM generate_series(1, 20000) n;
    INSERT INTO geniacs_webhook_events (integration_id, event_type, dedupe_key, payload, entity_type, geniacs_id, state, outcome)
        SELECT 1, 'customer.updated', 'e' || n, '{}', 'customers', 'g' || n,
            CASE WHEN n % 2 = 0 THEN 'received' ELSE 'set_aside' END::webhook_state,
            CASE WHEN n % 2 = 1 THEN 'unknown_record' END
        FROM generate_series(1, 20000) n;
    INSERT INTO waiting_references (integration_id, entity_type, direction, record_key, target_entity, target_key,
            webhook_event_id, check_at)
        SELECT 1, 'invoices', CASE WHEN n % 2 = 0 THEN 'to_geniacs' ELSE 'from_geniacs' END::sync_direction, n, 'customers',
            CASE WHEN n % 2 = 0 THEN '' ELSE 'g' END || n, n, geniacs_now() + interval '1 hour'
        FROM generate_series(1, 20000) n;
    INSERT INTO outbox (queue, type_name, payload) SELECT 'work', 'permit', '' FROM generate_series(1, 20000) n;
    INSERT INTO sync_chunks (sync_id, integration_id, kind, lane, state, completed_at)
        SELECT s.id, 1, 'push', n % 3, CASE WHEN n % 2 = 0 THEN 'open' ELSE 'done' END::chunk_state, geniacs_now()
        FROM geniacs_data_sync s, generate_series(1, 20000) n;
    INSERT INTO sync_record_errors (sync_id, chunk_id, record_id, geniacs_id, error_type, error_message, retryable)
        SELECT c.sync_id, c.id, c.id, 'g' || c.id, 'refused', '', true FROM sync_chunks c;
    INSERT INTO sync_plan_items (sync_id, chunk_id, direction, local_id, geniacs_id, action)
        SELECT s.id, 1, CASE WHEN n % 2 = 0 THEN 'to_geniacs' ELSE 'from_geniacs' END::sync_direction, n, 'g' || n, 'update'
        FROM geniacs_data_sync s, generate_series(1, 20000) n;
    INSERT INTO sync_sightings (sync_id, geniacs_id) SELECT s.id, 'g' || n FROM geniacs_data_sync s, generate_series(1, 19000) n;
    INSERT INTO conflicts (integration_id, entity_type, local_id, geniacs_id, fields, policy, state)
        SELECT 1, 'customers', n, 'g' || n, '[]', 'manual', 'open' FROM generate_series(1, 20000) n;
    INSERT INTO record_tombstones (entity_type, local_id) SELECT 'customers', 30000 + n FROM generate_series(1, 20000) n;";

/// Makes the planner believe that each table has so many rows, however large it is, and knows nothing of their values.
async fn believe(stand: &Stand, rows: i64) {
    stand
        .execute(&format!(
            "UPDATE pg_class SET reltuples = {rows}, relpages = pg_relation_size(oid) / 8192
             WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace;
             DELETE FROM pg_statistic WHERE starelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)"
        ))
        .await;
}

async fn without_autovacuum(stand: &Stand) {
    stand
        .execute(
            "DO $$ DECLARE name text; BEGIN
             FOR name IN SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
                 EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', name);
             END LOOP; END $$",
        )
        .await;
}

/// Looks at how long work takes, and undoes it. A busy machine gets three tries.
struct Look {
    connection: PooledConnection,
    slow: Vec<String>,
}

impl Look {
    async fn at(&mut self, what: &str, work: impl AsyncFn(&mut Connection)) {
        self.after("", what, work).await;
    }

    /// The same, with statements that make it ready and do not count.
    async fn after(&mut self, ready: &str, what: &str, work: impl AsyncFn(&mut Connection)) {
        let (mut took, mut failed) = (Duration::MAX, false);
        for _ in 0..3 {
            run(&mut self.connection, &format!("BEGIN; {ready}")).await;
            let started = Instant::now();
            // A statement that reaches its timeout is only one more slow one.
            let ended = AssertUnwindSafe(work(&mut self.connection)).catch_unwind().await;
            took = took.min(started.elapsed());
            run(&mut self.connection, "ROLLBACK").await;
            failed = ended.is_err();
            if took < GUARD || failed {
                break;
            }
        }

        if took >= GUARD || failed {
            self.slow.push(format!("{what}: {took:?}"));
        }
    }
}

/// A page's worth of what every hot statement does.
async fn look_at_everything(stand: &Stand) -> Vec<String> {
    let sync_id: i64 = stand.ask("SELECT max(id) FROM geniacs_data_sync").await.parse().unwrap();
    let mut look = Look { connection: stand.database.connection().await, slow: Vec::new() };
    run(&mut look.connection, "SET plan_cache_mode = force_custom_plan; SET statement_timeout = '5s'").await;
    of_references(&mut look).await;
    of_events(&mut look).await;
    of_chunks(&mut look, sync_id).await;
    of_records(&mut look, sync_id).await;
    of_the_clean_up(&mut look).await;
    look.slow
}

fn ids() -> Vec<i64> {
    (1..=PAGE).collect()
}

fn names() -> Vec<String> {
    ids().iter().map(|id| format!("g{id}")).collect()
}

async fn of_references(look: &mut Look) {
    let (ids, names) = (ids(), names());
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let links: Vec<(i64, &str)> = ids.iter().copied().zip(names.iter().copied()).collect();
    look.at("target_linked", async |c| waiting::target_linked(c, 1, Customers, &links).await.unwrap()).await;
    let wait = |id: &i64| Wait {
        entity: domain::EntityType::Invoices,
        record: RecordKey::Local(*id + 100_000),
        target_entity: Customers,
        target: RecordKey::Local(*id),
        webhook_event_id: None,
    };
    let waits: Vec<Wait> = ids.iter().map(wait).collect();
    look.at("add waits", async |c| waiting::add(c, 1, &waits).await.unwrap()).await;

    let due = "UPDATE waiting_references SET check_at = geniacs_now(), target_key = 'x' || target_key WHERE direction = 'from_geniacs'";
    look.after(due, "ready", async |c| assert_eq!(waiting::ready(c, PAGE).await.unwrap().len(), 0)).await;
    look.at("reopen_events", async |c| assert!(waiting::reopen_events(c, &ids).await.unwrap() > 0)).await;
    look.at("end waits", async |c| assert_eq!(waiting::end(c, &ids).await.unwrap(), ids.len())).await;
}

async fn of_events(look: &mut Look) {
    let (ids, names) = (ids(), names());
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    look.at("lock_batch", async |c| assert_eq!(webhooks::lock_batch(c, PAGE).await.unwrap().len(), 1_000)).await;

    let state = WebhookState::Processed;
    let verdict = |id: &i64| Verdict { id: *id, state, outcome: "updated", error: None };
    let verdicts: Vec<Verdict> = ids.iter().map(verdict).collect();
    look.at("conclude", async |c| webhooks::conclude(c, &verdicts).await.unwrap()).await;

    let later = |id: &i64| PutOff { id: *id, delay_seconds: 1.0, outcome: "error", error: String::new() };
    let later: Vec<PutOff> = ids.iter().map(later).collect();
    look.at("put_off", async |c| webhooks::put_off(c, &later).await.unwrap()).await;

    look.at("reopen_for", async |c| {
        assert!(webhooks::reopen_for(c, 1, Customers, &names).await.unwrap() > 0);
    })
    .await;

    let keys: Vec<String> = ids.iter().map(|id| format!("e{id}")).collect();
    let repeat = |key| Repeat { integration_id: 1, dedupe_key: key, different: false };
    let repeats: Vec<Repeat<'_>> = keys.iter().map(|key| repeat(key.as_str())).collect();
    look.at("note_repeats", async |c| webhooks::note_repeats(c, &repeats).await.unwrap()).await;

    let waiting = "UPDATE geniacs_webhook_events SET outcome = 'duplicate_value' WHERE id % 100 = 1";
    look.after(waiting, "retry_duplicates", async |c| {
        assert_eq!(webhooks::retry_duplicates(c, 1, Customers, 1.0).await.unwrap(), 100);
    })
    .await;

    look.at("overdue events", async |c| assert!(!webhooks::overdue(c, 3_600.0).await.unwrap())).await;
    look.at("arrived", async |c| assert_eq!(live::arrived(c, 19_000, &[(1, 100)], 500).await.unwrap().len(), 600))
        .await;
}

async fn of_chunks(look: &mut Look, sync_id: i64) {
    let ids = ids();
    look.at("claim a chunk", async |c| {
        assert!(chunks::claim(c, Uuid::nil(), 30.0, Turn::After(0)).await.unwrap().is_some());
    })
    .await;
    look.at("claim the oldest", async |c| {
        assert!(chunks::claim(c, Uuid::nil(), 30.0, Turn::Oldest).await.unwrap().is_some());
    })
    .await;

    let failed = "DELETE FROM sync_record_errors WHERE id > 500; UPDATE sync_chunks SET failed = 1, records_read = 1";
    look.after(failed, "take_retryable", async |c| {
        assert_eq!(chunks::take_retryable(c, sync_id).await.unwrap().len(), 500);
    })
    .await;
    look.at("others_were_taken", async |c| {
        assert!(!chunks::others_were_taken(c, sync_id, std::time::Duration::from_mins(5)).await.unwrap());
    })
    .await;

    look.at("overdue chunks", async |c| assert_eq!(chunks::overdue(c, 3_600.0, 10).await.unwrap(), 0)).await;
    look.at("orphaned syncs", async |c| assert!(chunks::orphaned_syncs(c).await.unwrap().is_empty())).await;

    let duplicates = "UPDATE sync_record_errors SET error_type = 'duplicate_value'; UPDATE sync_chunks SET failed = 1, records_read = 1";
    look.after(duplicates, "failures to be applied again", async |c| {
        let failed = record_errors::pulled_with(c, sync_id, "duplicate_value", PAGE).await.unwrap();
        let failed: Vec<&str> = failed.iter().map(String::as_str).collect();
        assert_eq!(failed.len(), 1_000);
        record_errors::take_pulled(c, sync_id, "duplicate_value", &failed).await.unwrap();
    })
    .await;

    look.at("cut failed records", async |c| {
        assert_eq!(
            syncs::cut_named(
                c,
                sync_id,
                Named::Failed(&FailedRecords { sync_id, only: FailureFilter::default() }),
                0,
                100,
                PAGE
            )
            .await
            .unwrap()
            .records,
            PAGE
        );
    })
    .await;
    look.at("cut planned records", async |c| {
        assert_eq!(syncs::cut_named(c, sync_id, Named::Planned(sync_id), 0, 100, PAGE).await.unwrap().records, PAGE);
    })
    .await;

    look.at("claim messages", async |c| assert_eq!(outbox::claim(c, 0.0, PAGE).await.unwrap().len(), 1_000)).await;
    let sent: Vec<(i64, i32)> = ids.iter().map(|id| (*id, 0)).collect();
    look.at("delete sent messages", async |c| assert_eq!(outbox::delete_claimed(c, &sent).await.unwrap(), sent.len()))
        .await;
}

async fn of_records(look: &mut Look, sync_id: i64) {
    let (ids, names) = (ids(), names());
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    look.at("plan items of records", async |c| {
        plan_items::of_records(c, sync_id, ToGeniacs, &ids).await.unwrap();
        plan_items::to_pull_of(c, sync_id, &names).await.unwrap();
    })
    .await;

    look.at("note_seen", async |c| missing::note_seen(c, sync_id, &names).await.unwrap()).await;
    look.at("count_unseen", async |c| {
        assert_eq!(missing::count_unseen(c, customers(), 1, sync_id).await.unwrap().missing, 1_000);
    })
    .await;
    look.at("unseen", async |c| {
        assert_eq!(missing::unseen(c, customers(), 1, sync_id, "", PAGE).await.unwrap().len(), 1_000);
    })
    .await;
    look.at("count_gone", async |c| {
        assert_eq!(missing::count_gone(c, customers(), 1).await.unwrap().missing, 0);
    })
    .await;

    look.at("leave tombstones", async |c| missing::leave_tombstones(c, customers(), 1).await.unwrap()).await;
    look.at("first pending deletion", async |c| {
        assert_eq!(missing::first_pending_deletion(c, customers(), 1).await.unwrap(), None);
    })
    .await;

    look.at("read_named", async |c| {
        records::read_named(c, customers(), ["name"].into_iter(), 1, &ids).await.unwrap();
    })
    .await;
    look.at("lock records", async |c| {
        records::lock(c, customers(), ["name"].into_iter(), 1, &ids).await.unwrap();
    })
    .await;
    look.at("store_geniacs_ids", async |c| {
        records::store_geniacs_ids(c, customers(), &ids, &names).await.unwrap();
    })
    .await;

    let without_ids = "UPDATE record_links SET geniacs_id = NULL, unconfirmed = true WHERE local_id <= 1000";
    look.after(without_ids, "maybe_created_of", async |c| {
        assert_eq!(unanswered::maybe_created_of(c, 1, Customers, &ids).await.unwrap().len(), 1_000);
    })
    .await;
    look.after(without_ids, "former_ids", async |c| {
        assert_eq!(rekeyed::former_ids(c, 1, Customers, &names).await.unwrap().len(), 1_000);
    })
    .await;

    look.at("exchanging", async |c| {
        assert!(
            storage::records::links::exchanging(c, customers(), 1, "customer_code", &ids).await.unwrap().is_empty()
        );
    })
    .await;
    look.at("note_deleted", async |c| {
        let moment = domain::Moment::exact(chrono::Utc::now());
        let deleted: Vec<_> = names.iter().map(|name| ((*name).to_owned(), moment)).collect();
        rekeyed::note_deleted(c, 1, Customers, &deleted).await.unwrap();
    })
    .await;
    look.after("UPDATE record_links SET deleted_version = 1 WHERE local_id <= 1000", "revived", async |c| {
        let told: Vec<(i64, i64)> = ids.iter().map(|id| (*id, 2)).collect();
        assert_eq!(rekeyed::revived(c, 1, Customers, &told).await.unwrap().len(), 1_000);
    })
    .await;
    look.at("forget", async |c| rekeyed::forget(c, customers(), 1, &ids).await.unwrap()).await;

    let fields = serde_json::Map::from_iter([("name".to_owned(), serde_json::json!("another"))]);
    let update = |id: &i64| Update { id: *id, fields: fields.clone(), restore: false };
    let updates: Vec<Update> = ids.iter().map(update).collect();
    look.at("update records", async |c| {
        assert_eq!(records::update(c, customers(), ["name"].into_iter(), &updates).await.unwrap().len(), 1_000);
    })
    .await;
    look.at("close conflicts", async |c| storage::records::conflicts::close(c, 1, Customers, &ids).await.unwrap())
        .await;
}

async fn of_the_clean_up(look: &mut Look) {
    for kind in [Kind::WebhookEvents, Kind::WaitingReferences] {
        let table = kind.table();
        let old = format!("UPDATE {table} SET created_at = '2000-01-01'");
        look.after(&old, &format!("clean up {table}"), async |c| {
            assert_eq!(retention::delete(c, kind, 0, 1).await.unwrap().last, Some(1_000));
        })
        .await;
    }
    look.at("clean up tombstones", async |c| {
        assert_eq!(retention::delete_tombstones(c, customers(), 0).await.unwrap().deleted, 1_000);
    })
    .await;
}

/// Full tables, analysed while they were empty.
async fn filled() -> Stand {
    let stand = Stand::new().await;
    without_autovacuum(&stand).await;
    stand.execute("ANALYZE").await;
    stand.sync().await;
    stand.execute(FILL).await;
    assert_eq!(stand.ask("SELECT count(*) FROM waiting_references").await, ROWS.to_string());
    stand
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_gets_slow_where_tables_were_analysed_while_they_were_empty() {
    let stand = filled().await;
    assert_eq!(look_at_everything(&stand).await, [""; 0]);
}

/// As after a clean-up that left a few rows on many pages.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_gets_slow_where_the_planner_expects_a_few_rows_in_full_tables() {
    let stand = filled().await;
    believe(&stand, 20).await;
    assert_eq!(look_at_everything(&stand).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_gets_slow_where_the_planner_takes_tables_for_huge_ones() {
    let stand = filled().await;
    believe(&stand, 1_000_000_000).await;
    assert_eq!(look_at_everything(&stand).await, [""; 0]);
}

/// The shape of a run: values that all lie behind in the statistics, and all ahead in the table.
#[tokio::test(flavor = "multi_thread")]
async fn waits_that_are_ahead_of_their_time_cost_a_page_nothing_although_all_were_due_when_they_were_analysed() {
    let stand = filled().await;
    stand.execute("UPDATE waiting_references SET check_at = geniacs_now() - interval '1 hour'; ANALYZE").await;
    stand.execute("UPDATE waiting_references SET check_at = geniacs_now() + interval '1 hour'").await;
    assert_eq!(look_at_everything(&stand).await, [""; 0]);
}
