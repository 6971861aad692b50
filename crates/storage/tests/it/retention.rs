//! Deleting by age, in batches that block nobody.

use std::time::Duration;

use storage::starts::schedules;
use storage::upkeep::retention::{self, BATCH, Kind, PARTS_OF_SYNCS};
use storage::upkeep::{housekeeping, partitions};
use storage::{AsyncConnection as _, Connection};
use tokio::time::timeout;

use crate::stand::{LIMIT, Stand, run};

/// Logs of integration 1, this many days old.
fn logs(count: i64, days: i64) -> String {
    format!(
        "INSERT INTO geniacs_sync_logs (integration_id, log_level, message, created_at)
         SELECT 1, 'info', 'log', now() - interval '{days} days' FROM generate_series(1, {count})"
    )
}

/// An event of integration 1 in this state, made and ended this many days ago.
fn event(key: &str, state: &str, days: i64) -> String {
    format!(
        "INSERT INTO geniacs_webhook_events (integration_id, event_type, dedupe_key, payload, state, created_at, processed_at)
         VALUES (1, 'customer.updated', '{key}', '{{}}', '{state}', now() - interval '{days} days', now() - interval '{days} days')"
    )
}

/// Deletes until nothing is left to delete, and gives the number of rows.
async fn delete_all(connection: &mut Connection, kind: Kind, days: u32) -> i64 {
    let (mut after, mut deleted) = (0, 0);
    loop {
        let batch = retention::delete(connection, kind, after, days).await.unwrap();
        deleted += batch.deleted;
        after = batch.last.unwrap_or(after);
        if !batch.more {
            return deleted;
        }
    }
}

#[tokio::test]
async fn what_is_older_than_its_retention_goes_in_batches_and_the_rest_stays() {
    let stand = Stand::new().await;
    stand.execute(&logs(BATCH * 2 + 5, 31)).await;
    stand.execute(&logs(7, 29)).await;
    let mut connection = stand.connection().await;
    let first = retention::delete(&mut connection, Kind::Logs, 0, 30).await.unwrap();
    assert_eq!((first.deleted, first.more), (BATCH, true));
    assert_eq!(delete_all(&mut connection, Kind::Logs, 30).await, BATCH + 5);
    assert_eq!(stand.ask("SELECT count(*) FROM geniacs_sync_logs").await, "7");
}

#[tokio::test]
async fn an_event_that_waits_is_never_deleted() {
    let stand = Stand::new().await;
    for state in ["received", "processed", "superseded", "failed", "set_aside"] {
        stand.execute(&event(state, state, 400)).await;
    }
    stand.execute(&event("young", "processed", 10)).await;
    stand.execute(&event("referred", "set_aside", 400)).await;
    stand
        .execute(
            "INSERT INTO waiting_references (integration_id, entity_type, direction, record_key, target_entity, target_key,
                 webhook_event_id)
             SELECT 1, 'invoices', 'from_geniacs', 'I1', 'customers', 'C1', id FROM geniacs_webhook_events
             WHERE dedupe_key = 'referred'",
        )
        .await;

    assert_eq!(delete_all(&mut *stand.connection().await, Kind::WebhookEvents, 90).await, 3);
    let left = stand.ask("SELECT string_agg(dedupe_key, ' ' ORDER BY id) FROM geniacs_webhook_events").await;
    assert_eq!(left, "received failed young referred");
}

#[tokio::test]
async fn a_batch_blocks_no_writer_and_waits_for_none() {
    let stand = Stand::new().await;
    stand.execute(&logs(3, 31)).await;
    stand.execute(&event("held", "processed", 100)).await;
    stand.execute(&event("free", "processed", 100)).await;

    let mut writer = stand.connection().await;
    run(&mut writer, "BEGIN; UPDATE geniacs_webhook_events SET duplicates = 1 WHERE dedupe_key = 'held'").await;
    let mut cleaner = stand.connection().await;
    run(&mut cleaner, "BEGIN").await;

    let deleted = timeout(LIMIT, async {
        retention::delete(&mut cleaner, Kind::Logs, 0, 30).await.unwrap();
        retention::delete(&mut cleaner, Kind::WebhookEvents, 0, 90).await.unwrap().deleted
    });
    assert_eq!(deleted.await.unwrap(), 1, "the row that somebody holds is passed over");

    // The batch is not committed yet, and others write what they like.
    let mut other = stand.connection().await;
    run(&mut other, "SET lock_timeout = '2s'").await;
    run(&mut other, &logs(5, 0)).await;
    run(&mut other, &event("new", "received", 0)).await;

    run(&mut writer, "UPDATE geniacs_webhook_events SET state = 'received' WHERE dedupe_key = 'held'; COMMIT").await;
    run(&mut cleaner, "COMMIT").await;

    let left = stand.ask("SELECT string_agg(dedupe_key, ' ' ORDER BY dedupe_key) FROM geniacs_webhook_events").await;
    assert_eq!(left, "held new");
    assert_eq!(stand.ask("SELECT count(*) FROM geniacs_sync_logs").await, "5");
}

#[tokio::test]
async fn an_ended_sync_goes_with_its_chunks_and_errors_and_a_waiting_one_stays() {
    let stand = Stand::new().await;
    stand
        .execute(
            "INSERT INTO geniacs_data_sync (id, integration_id, sync_type, entity_type, sync_direction, status, data, created_at,
                 completed_at)
             VALUES (1, 1, 'full', 'customers', 'to_geniacs', 'partial', '{}', now() - interval '200 days', now() - interval '200 days'),
                    (2, 1, 'full', 'customers', 'to_geniacs', 'pending', '{}', now() - interval '200 days', NULL),
                    (3, 1, 'full', 'customers', 'to_geniacs', 'success', '{}', now() - interval '200 days', now() - interval '2 days');
             INSERT INTO sync_chunks (id, sync_id, integration_id, kind, state) SELECT n, 1, 1, 'push', 'done' FROM generate_series(1, 1500) n;
             INSERT INTO sync_record_errors (sync_id, chunk_id, error_type, error_message)
             SELECT 1, n, 'timeout', 'late' FROM generate_series(1, 1500) n, generate_series(1, 2);
             INSERT INTO sync_positions (integration_id, entity_type, direction, sync_id) VALUES (1, 'customers', 'to_geniacs', 1);
             INSERT INTO geniacs_sync_logs (integration_id, sync_id, log_level, message) VALUES (1, 1, 'info', 'log')",
        )
        .await;

    let mut connection = stand.connection().await;
    let old = retention::old_syncs(&mut connection, 0, 180).await.unwrap();
    assert_eq!((old.ids.as_slice(), old.next), ([1].as_slice(), None));

    let mut batches = Vec::new();
    for part in PARTS_OF_SYNCS {
        loop {
            let batch = retention::delete_part(&mut connection, part, &old.ids).await.unwrap();
            batches.push(batch.deleted);
            if !batch.more {
                break;
            }
        }
    }

    assert_eq!(batches, [0, 1_000, 1_000, 1_000, 0, 1_000, 500, 1]);
    assert_eq!(stand.ask("SELECT string_agg(id::text, ' ' ORDER BY id) FROM geniacs_data_sync").await, "2 3");
    assert_eq!(stand.ask("SELECT count(*) FROM sync_positions WHERE sync_id IS NULL").await, "1", "the position stays");
    assert_eq!(stand.ask("SELECT count(*) FROM geniacs_sync_logs WHERE sync_id IS NULL").await, "1");
}

#[tokio::test]
async fn an_archived_integration_is_purged_page_by_page() {
    let stand = Stand::new().await;
    stand.integration(2).await;
    stand
        .execute(
            "INSERT INTO record_links (integration_id, entity_type, local_id, geniacs_id)
             SELECT 1 + n % 2, 'customers', n, 'G' || n FROM generate_series(1, 5000) n;
             UPDATE geniacs_integrations SET archived_at = now() - interval '181 days' WHERE id = 2",
        )
        .await;

    let mut connection = stand.connection().await;
    assert_eq!(retention::archived(&mut connection, 180).await.unwrap(), [2]);
    let (mut page, mut batches, mut deleted) = (0, 0, 0);
    loop {
        let batch = retention::purge(&mut connection, "record_links", 2, page).await.unwrap();
        page = batch.last.unwrap();
        batches += 1;
        deleted += batch.deleted;
        if !batch.more {
            break;
        }
    }

    assert!(batches > 1, "one batch for all of it");
    assert_eq!(deleted, 2_500);
    assert_eq!(retention::delete_integration(&mut connection, 1).await.unwrap(), 0, "it is not archived");
    assert_eq!(retention::delete_integration(&mut connection, 2).await.unwrap(), 1);
    assert_eq!(stand.ask("SELECT count(*) FROM record_links").await, "2500");
}

#[tokio::test]
async fn ids_that_no_record_has_any_more_go_after_their_retention() {
    let stand = Stand::new().await;
    stand
        .execute(
            "INSERT INTO former_ids (geniacs_id, integration_id, entity_type, local_id, since)
             SELECT 'old ' || n, 1, 'customers'::entity_type, n, now() - interval '91 days' FROM generate_series(1, 1005) n
             UNION ALL SELECT 'young', 1, 'customers'::entity_type, 1, now() - interval '89 days'",
        )
        .await;

    let mut connection = stand.connection().await;
    let first = retention::delete_former_ids(&mut connection, 90).await.unwrap();
    let rest = retention::delete_former_ids(&mut connection, 90).await.unwrap();
    assert_eq!((first.deleted, first.more, rest.deleted, rest.more), (BATCH, true, 5, false));
    assert_eq!(stand.ask("SELECT geniacs_id FROM former_ids").await, "young");
}

/// A sample of a moment.
fn sample(at: &str) -> String {
    format!("INSERT INTO monitoring_data (metric_type, value, recorded_at) VALUES ('uptime', 1, '{at}')")
}

async fn make(connection: &mut Connection, ahead: u32) -> usize {
    let months = partitions::missing(connection, ahead).await.unwrap();
    for month in &months {
        connection.transaction(async |c| partitions::make(c, *month).await).await.unwrap();
    }
    months.len()
}

#[tokio::test]
async fn a_month_that_is_made_takes_its_samples_out_of_the_default_partition() {
    let stand = Stand::new().await;
    stand.stop_clock("2031-01-31T23:30:00Z").await;
    for at in ["2031-01-31T23:00:00Z", "2031-02-01T00:00:00Z", "2031-07-01T00:00:00Z"] {
        stand.execute(&sample(at)).await;
    }

    let mut connection = stand.connection().await;
    assert_eq!(partitions::in_default(&mut connection).await.unwrap(), 3);
    assert_eq!(make(&mut connection, 3).await, 4, "January to April");
    assert_eq!(make(&mut connection, 3).await, 0);
    assert_eq!(partitions::in_default(&mut connection).await.unwrap(), 1, "July is nobody's yet");
    assert_eq!(stand.ask("SELECT count(*) FROM monitoring_data_y2031m01").await, "1");
    assert_eq!(stand.ask("SELECT count(*) FROM monitoring_data_y2031m02").await, "1");

    stand.execute(&sample("2031-04-30T23:59:59Z")).await;
    assert_eq!(stand.ask("SELECT count(*) FROM monitoring_data_y2031m04").await, "1");
}

#[tokio::test]
async fn months_are_dropped_after_their_retention_and_no_sooner() {
    let stand = Stand::new().await;
    stand.stop_clock("2031-01-15T00:00:00Z").await;
    let mut connection = stand.connection().await;
    make(&mut connection, 0).await;
    let is_expired = async |connection: &mut Connection| {
        let names = partitions::expired(connection, 13).await.unwrap();
        names.contains(&"monitoring_data_y2031m01".to_owned())
    };

    stand.stop_clock("2032-02-28T23:59:59Z").await;
    assert!(!is_expired(&mut connection).await, "January 2031 ended less than 13 months ago");
    stand.stop_clock("2032-03-01T00:00:00Z").await;
    assert!(is_expired(&mut connection).await);

    connection.transaction(async |c| partitions::drop(c, "monitoring_data_y2031m01").await).await.unwrap();
    assert!(!is_expired(&mut connection).await);
    stand.execute(&sample("2031-01-15T00:00:00Z")).await;
    let stray = retention::delete_stray_samples(&mut connection, 13).await.unwrap();
    assert_eq!(stray.deleted, 1, "an old sample that comes late goes from the default partition");
}

#[tokio::test]
async fn dropping_a_month_gives_way_to_whoever_uses_the_table() {
    let stand = Stand::new().await;
    let mut reader = stand.connection().await;
    run(&mut reader, "BEGIN; SELECT count(*) FROM monitoring_data").await;
    let mut connection = stand.connection().await;
    let name = stand
        .ask("SELECT min(relname::text) FROM pg_class WHERE relname LIKE 'monitoring_data_y%' AND relkind = 'r'")
        .await;

    let attempt = connection.transaction(async |c| partitions::drop(c, &name).await);
    let refused = timeout(Duration::from_secs(9), attempt).await.expect("it does not wait for long").unwrap_err();
    assert!(storage::is_lock_timeout(&refused), "{refused}");

    run(&mut reader, "COMMIT").await;
    connection.transaction(async |c| partitions::drop(c, &name).await).await.unwrap();
}

#[tokio::test]
async fn a_run_is_claimed_once_and_taken_over_when_its_claim_lapses() {
    let stand = Stand::new().await;
    let mut connection = stand.connection().await;
    stand.stop_clock("2031-01-15T19:00:01Z").await;
    let tick = "2031-01-15T19:00:00Z".parse().unwrap();
    assert!(schedules::now(&mut connection).await.unwrap() > tick);

    let first = housekeeping::claim(&mut connection, "clean_up", tick, 60.0).await.unwrap().expect("it is free");
    assert!(housekeeping::claim(&mut connection, "clean_up", tick, 60.0).await.unwrap().is_none());

    stand.stop_clock("2031-01-15T19:02:00Z").await;
    let second = housekeeping::claim(&mut connection, "clean_up", tick, 60.0).await.unwrap().expect("it lapsed");
    assert!(!housekeeping::renew(&mut connection, &first, 60.0).await.unwrap(), "it is not the first one's any more");
    assert!(!housekeeping::finish(&mut connection, &first).await.unwrap());
    assert!(housekeeping::renew(&mut connection, &second, 60.0).await.unwrap());
    assert!(housekeeping::finish(&mut connection, &second).await.unwrap());

    stand.stop_clock("2031-01-15T23:00:00Z").await;
    assert!(housekeeping::claim(&mut connection, "clean_up", tick, 60.0).await.unwrap().is_none(), "it is done");
    let earlier = "2031-01-14T19:00:00Z".parse().unwrap();
    assert!(housekeeping::claim(&mut connection, "clean_up", earlier, 60.0).await.unwrap().is_none(), "it is past");
}

#[tokio::test]
async fn nothing_goes_of_a_run_that_another_one_takes_up() {
    let stand = Stand::new().await;
    stand
        .execute(
            "INSERT INTO geniacs_data_sync (integration_id, sync_type, entity_type, sync_direction, status, data, created_at,
                 started_at, completed_at)
             SELECT 1, 'full', 'customers', 'to_geniacs', status::sync_status, data::jsonb, now() - interval '400 days', now(),
                 CASE WHEN status <> 'pending' THEN now() - interval '400 days' END
             FROM (VALUES (1, 'partial', '{}'), (2, 'failed', '{\"retry_of\": 1}'), (3, 'success', '{}'), (4, 'cancelled', '{}'),
                 (5, 'success', '{}'), (6, 'pending', '{\"retry_of\": 2}'), (7, 'pending', '{\"plan_of\": 3}'),
                 (8, 'pending', '{\"resume_of\": 4}')) v (n, status, data) ORDER BY n;
             INSERT INTO sync_plan_items (sync_id, chunk_id, direction, local_id, action)
             SELECT id, 1, 'to_geniacs', 1, 'update' FROM geniacs_data_sync WHERE id IN (3, 5)",
        )
        .await;

    let mut connection = stand.connection().await;
    assert_eq!(retention::old_syncs(&mut connection, 0, 180).await.unwrap().ids, [5]);

    // Accepted after the clean-up had found it.
    for part in PARTS_OF_SYNCS {
        retention::delete_part(&mut connection, part, &[3, 5]).await.unwrap();
    }

    assert_eq!(stand.ask("SELECT string_agg(sync_id::text, ' ') FROM sync_plan_items").await, "3");
    assert_eq!(stand.ask("SELECT count(*) FROM geniacs_data_sync WHERE id IN (3, 5)").await, "1");
}

#[tokio::test]
async fn archiving_ends_the_syncs_of_an_integration_with_the_reason_and_takes_away_what_waits() {
    let stand = Stand::new().await;
    stand.integration(2).await;
    let (running, line) = (stand.sync().await, stand.sync().await);
    stand
        .execute(
            "INSERT INTO integration_limits (integration_id, credentials_refused_at) VALUES (1, now());
             INSERT INTO waiting_references (integration_id, entity_type, direction, record_key, target_entity, target_key)
             VALUES (1, 'invoices', 'to_geniacs', '1', 'customers', '1'), (2, 'invoices', 'to_geniacs', '1', 'customers', '1')",
        )
        .await;

    let mut connection = stand.connection().await;
    connection.transaction(async |c| storage::partners::integrations::archive(c, 1).await).await.unwrap();

    for id in [running, line] {
        let ended =
            format!("SELECT concat_ws(' ', status, error_type, error_message) FROM geniacs_data_sync WHERE id = {id}");
        let said = stand.ask(&ended).await;
        assert!(
            said.starts_with("cancelled integration_archived cancelled because its integration was archived"),
            "{said}"
        );
    }

    assert_eq!(stand.ask("SELECT count(*) FROM sync_chunks WHERE state = 'open'").await, "0");
    assert_eq!(stand.ask("SELECT string_agg(integration_id::text, ' ') FROM waiting_references").await, "2");
}

#[tokio::test]
async fn a_resolved_conflict_stands_in_the_history_of_its_record() {
    use domain::EntityType::Customers;
    use domain::conflict::Resolution;
    use domain::integration::ConflictPolicy;
    use storage::records::conflicts::{self, NewConflict};

    let stand = Stand::new().await;
    stand.customers(2).await;
    let mut connection = stand.connection().await;
    let conflict = |local_id, resolution| NewConflict {
        local_id,
        geniacs_id: format!("g{local_id}"),
        webhook_event_id: None,
        fields: serde_json::json!([{"local_field": "email"}, {"local_field": "phone"}]),
        policy: ConflictPolicy::Newest,
        resolution,
    };

    let met = [conflict(1, Some(Resolution::Geniacs)), conflict(2, None)];
    conflicts::add(&mut connection, 1, Customers, None, &met).await.unwrap();
    let history = "SELECT coalesce(string_agg(concat_ws(' ', local_id, action, cause, reason), '; ' ORDER BY id), '') FROM record_history";
    assert_eq!(stand.ask(history).await, "1 conflict conflict resolved: geniacs (email, phone)");

    conflicts::close(&mut connection, 1, Customers, &[1, 2]).await.unwrap();
    let both =
        "1 conflict conflict resolved: geniacs (email, phone); 2 conflict conflict resolved: merge (email, phone)";
    assert_eq!(stand.ask(history).await, both);
}
