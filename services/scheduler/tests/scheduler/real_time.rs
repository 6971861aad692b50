//! Local changes that are pushed as they happen.

use crate::stand::{Stand, eventually};

const RUNS: &str = "geniacs_data_sync WHERE entity_type = 'customers' AND sync_type = 'real_time'
    AND sync_direction = 'to_geniacs' AND lane = 0";

/// Integration 1, which asks for customers in real time and has no schedule and no interval.
async fn asking() -> Stand {
    let stand = Stand::new().await;
    stand.integration().await;
    stand
        .execute(
            "UPDATE geniacs_integrations SET configuration = '{\"auto_sync\": false, \"real_time\": [\"customers\"]}';
             INSERT INTO geniacs_field_mappings (integration_id, entity_type, local_field, geniacs_field, field_type)
             VALUES (1, 'customers', 'name', 'name', 'string'), (1, 'payments', 'amount', 'amount', 'number')",
        )
        .await;
    stand
}

/// Ends what runs as a worker would: everything up to now is at Geniacs, or nothing is.
async fn end(stand: &Stand, status: &str, moved: bool) {
    let ended = format!(
        "UPDATE geniacs_data_sync SET status = '{status}', completed_at = geniacs_now()
         WHERE integration_id = 1 AND completed_at IS NULL"
    );

    if !moved {
        return stand.execute(&ended).await;
    }

    let done = "pg_class WHERE relname = 'customers' AND pg_snapshot_xmin(pg_current_snapshot())::text::bigint
        > (SELECT coalesce(max(changed_xid::text::bigint), 0) FROM (SELECT changed_xid FROM customers
           UNION ALL SELECT changed_xid FROM record_tombstones) c)";
    eventually("older transactions end", async || stand.count(done).await == 1).await;

    // Both at once: a look between the two would start another run.
    stand
        .execute(&format!(
            "INSERT INTO sync_positions (integration_id, entity_type, direction, changed_xid, sync_id)
             SELECT 1, 'customers', 'to_geniacs', pg_snapshot_xmin(pg_current_snapshot())::text::bigint, max(id)
             FROM geniacs_data_sync WHERE integration_id = 1
             ON CONFLICT (integration_id, entity_type, direction) DO UPDATE
                 SET changed_xid = excluded.changed_xid, sync_id = excluded.sync_id;
             {ended}"
        ))
        .await;
}

async fn runs(stand: &Stand, count: i64) {
    eventually("a sync starts", async || stand.count(RUNS).await == count).await;
}

/// Waits until changes so far have been looked at: a change of another integration's entity made later starts its sync.
async fn looked_at(stand: &Stand) {
    stand
        .execute(
            "INSERT INTO geniacs_integrations (id, name, endpoint_url, api_key_encrypted, api_secret_encrypted, configuration)
             VALUES (2, 'other', 'https://partner.example/v1', 'sealed', 'sealed', '{\"auto_sync\": false, \"real_time\": [\"nas_servers\"]}');
             INSERT INTO geniacs_field_mappings (integration_id, entity_type, local_field, geniacs_field, field_type)
             VALUES (2, 'nas_servers', 'nasname', 'name', 'string');
             INSERT INTO nas_servers (nasname) VALUES ('10.0.0.1')",
        )
        .await;

    eventually("the other one starts", async || stand.count("geniacs_data_sync WHERE integration_id = 2").await == 1)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_change_starts_one_sync_with_any_number_of_schedulers() {
    let stand = asking().await;
    let own = [("GENIACS_SCHEDULER__PROBE_MILLISECONDS", "20"), ("GENIACS_DATABASE__POOL_SIZE", "3")];
    let schedulers = [stand.scheduler(&own).await, stand.scheduler(&own).await, stand.scheduler(&own).await];

    let link = "INSERT INTO record_links (integration_id, entity_type, local_id, geniacs_id) SELECT 1, 'customers', id, 'g' || id FROM customers";

    let changes = [
        "INSERT INTO customers (name) VALUES ('one'), ('two')",
        "UPDATE customers SET name = 'changed' WHERE id = 1",
        "UPDATE customers SET deleted_at = now() WHERE id = 1",
        "DELETE FROM customers WHERE id = 2",
    ];

    for (done, change) in (1..).zip(changes) {
        stand.execute(change).await;
        runs(&stand, done).await;
        end(&stand, "success", true).await;
        if done == 1 {
            stand.execute(link).await;
        }
    }

    looked_at(&stand).await;
    stand.stop(schedulers).await;
    assert_eq!(stand.count(RUNS).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entity_that_no_integration_asks_for_is_never_read() {
    let stand = asking().await;
    stand.execute("INSERT INTO payments (amount) VALUES (1); INSERT INTO customers (name) VALUES ('one')").await;
    let reads = |table: &str| {
        format!("SELECT coalesce(seq_scan + idx_scan, 0) AS n FROM pg_stat_user_tables WHERE relname = '{table}'")
    };

    let before = stand.number(&reads("payments")).await;
    let scheduler = stand.scheduler(&[("GENIACS_SCHEDULER__PROBE_MILLISECONDS", "20")]).await;

    runs(&stand, 1).await;
    end(&stand, "success", true).await;

    let customers = stand.number(&reads("customers")).await;
    eventually("customers are read", async || stand.number(&reads("customers")).await > customers + 20).await;
    assert_eq!(stand.number(&reads("payments")).await, before);

    stand.stop([scheduler]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_came_from_geniacs_start_no_push_and_the_position_moves_past_them() {
    let stand = asking().await;
    stand
        .execute(
            "INSERT INTO customers (name) SELECT 'theirs' FROM generate_series(1, 100);
             INSERT INTO record_links (integration_id, entity_type, local_id, geniacs_id, applied_xid)
             SELECT 1, 'customers', id, 'g' || id, changed_xid::text::bigint FROM customers",
        )
        .await;

    let scheduler = stand.scheduler(&[("GENIACS_SCHEDULER__PROBE_MILLISECONDS", "20")]).await;
    let passed = "sync_positions p WHERE p.changed_xid > (SELECT max(changed_xid::text::bigint) FROM customers)";
    eventually("the position moves", async || stand.count(passed).await == 1).await;

    looked_at(&stand).await;
    assert_eq!(stand.count(RUNS).await, 0);

    stand.execute("UPDATE customers SET name = 'ours' WHERE id = 50").await;
    runs(&stand, 1).await;
    stand.stop([scheduler]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_fails_gets_no_storm_of_syncs() {
    let stand = asking().await;
    stand.execute("INSERT INTO customers (name) VALUES ('one')").await;

    let scheduler = stand.scheduler(&[("GENIACS_SCHEDULER__PROBE_MILLISECONDS", "20")]).await;
    runs(&stand, 1).await;

    stand.execute("UPDATE geniacs_data_sync SET status = 'pending', next_retry_at = now() + interval '1 hour' WHERE integration_id = 1").await;
    looked_at(&stand).await;
    assert_eq!(stand.count(RUNS).await, 1, "its retry comes first");

    end(&stand, "failed", false).await;

    stand.execute("UPDATE geniacs_data_sync SET status = 'success' WHERE integration_id = 2").await;
    eventually("the other one starts again", async || {
        stand.count("geniacs_data_sync WHERE integration_id = 2").await == 2
    })
    .await;
    assert_eq!(stand.count(RUNS).await, 1, "it failed a moment ago");

    stand
        .execute("UPDATE geniacs_data_sync SET completed_at = now() - interval '61 seconds' WHERE status = 'failed'")
        .await;

    runs(&stand, 2).await;
    end(&stand, "partial", true).await;

    stand.execute("UPDATE customers SET name = 'valid'").await;
    runs(&stand, 3).await;
    stand.stop([scheduler]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_fails_in_a_run_that_moves_the_position_delays_no_later_change() {
    let stand = asking().await;
    stand.execute("INSERT INTO customers (name) VALUES ('one'), ('bad')").await;

    let scheduler = stand.scheduler(&[("GENIACS_SCHEDULER__PROBE_MILLISECONDS", "20")]).await;
    runs(&stand, 1).await;
    end(&stand, "partial", true).await;

    for (run, status) in [(2, "success"), (3, "partial"), (4, "success")] {
        stand.execute(&format!("UPDATE customers SET name = 'change {run}' WHERE id = 1")).await;
        runs(&stand, run).await;
        end(&stand, status, true).await;
    }

    stand.execute("UPDATE customers SET name = 'the last' WHERE id = 1").await;
    runs(&stand, 5).await;
    stand.stop([scheduler]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_starts_while_the_integration_is_paused_or_off() {
    let stand = asking().await;
    stand
        .execute(
            "INSERT INTO customers (name) VALUES ('one');
             INSERT INTO integration_limits (integration_id, paused_until) VALUES (1, now() + interval '1 hour')",
        )
        .await;

    let scheduler = stand.scheduler(&[("GENIACS_SCHEDULER__PROBE_MILLISECONDS", "20")]).await;
    looked_at(&stand).await;
    assert_eq!(stand.count(RUNS).await, 0);

    stand.execute("UPDATE integration_limits SET paused_until = NULL").await;
    runs(&stand, 1).await;
    stand.stop([scheduler]).await;
}
