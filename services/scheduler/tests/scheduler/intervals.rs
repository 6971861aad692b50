//! Entities that have `auto_sync` and no schedule.

use crate::stand::{Stand, eventually};

/// A mapping of integration 1, so that the entity has something to sync.
fn mapped(entity: &str) -> String {
    format!(
        "INSERT INTO geniacs_field_mappings (integration_id, entity_type, local_field, geniacs_field, field_type)
         VALUES (1, '{entity}', 'name', 'name', 'string')"
    )
}

const RUNS: &str = "geniacs_data_sync WHERE entity_type = 'customers' AND sync_type = 'scheduled'
    AND sync_direction = 'to_geniacs' AND lane = 1 AND schedule_id IS NULL";
const END_ALL: &str = "UPDATE geniacs_data_sync SET status = 'success' WHERE status = 'processing'";

#[tokio::test(flavor = "multi_thread")]
async fn an_entity_without_a_schedule_is_synced_every_interval_by_one_of_many_schedulers() {
    let stand = Stand::new().await;
    stand.integration().await;
    stand.execute(&mapped("customers")).await;

    let own = [("GENIACS_SYNC_INTERVAL", "5m"), ("GENIACS_DATABASE__POOL_SIZE", "3")];
    let schedulers = [stand.scheduler(&own).await, stand.scheduler(&own).await, stand.scheduler(&own).await];

    eventually("its first interval begins", async || stand.count("interval_runs").await == 1).await;
    assert_eq!(stand.count("geniacs_data_sync").await, 0, "nothing runs before an interval has passed");

    for run in 1..=2 {
        stand.execute("UPDATE interval_runs SET last_at = now() - interval '301 seconds'").await;
        eventually("it is synced", async || stand.count(RUNS).await == run).await;
        stand.execute(END_ALL).await;
    }

    stand.stop(schedulers).await;
    assert_eq!(stand.count("geniacs_data_sync").await, 2);
    assert_eq!(stand.count("interval_runs WHERE last_at > now() - interval '1 minute'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_s_own_interval_is_stronger_than_the_setting() {
    let stand = Stand::new().await;
    stand.integration().await;
    stand.execute(&mapped("customers")).await;
    stand.execute("UPDATE geniacs_integrations SET configuration = '{\"sync_interval\": \"1s\"}'").await;
    let scheduler = stand.scheduler(&[("GENIACS_SYNC_INTERVAL", "1d")]).await;
    eventually("it is synced", async || stand.count(RUNS).await == 1).await;
    stand.stop([scheduler]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interval_waits_for_the_run_before_and_skips_entities_with_a_schedule_or_without_mappings() {
    let stand = Stand::new().await;
    stand.integration().await;
    stand.execute(&mapped("customers")).await;
    stand.execute(&mapped("payments")).await;

    stand
        .execute(
            "INSERT INTO geniacs_sync_schedules (integration_id, name, entity_type, sync_type, cron_expression, time_zone,
                 next_run_at, is_active)
             VALUES (1, 'off', 'payments', 'full', '0 0 1 1 *', 'UTC', now() + interval '1 day', false)",
        )
        .await;

    let scheduler = stand.scheduler(&[("GENIACS_SYNC_INTERVAL", "1")]).await;
    eventually("it is synced", async || stand.count(RUNS).await == 1).await;

    let rounds = "SELECT count(*) AS n FROM interval_runs WHERE last_at < now() - interval '2 seconds'";
    eventually("its interval has passed again", async || stand.number(rounds).await == 1).await;
    assert_eq!(stand.count("geniacs_data_sync").await, 1, "the first one still runs");

    stand.execute(END_ALL).await;
    eventually("it goes on", async || stand.count(RUNS).await == 2).await;

    assert_eq!(stand.count("interval_runs").await, 1, "payments have a schedule, the others no mapping");
    stand.stop([scheduler]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_auto_sync_no_interval_starts_anything() {
    let stand = Stand::new().await;
    stand.integration().await;
    stand.execute(&mapped("customers")).await;
    stand.execute("INSERT INTO interval_runs VALUES (1, 'customers', now() - interval '1 day')").await;
    stand.execute("UPDATE geniacs_integrations SET configuration = '{\"auto_sync\": false}'").await;

    stand
        .execute(
            "INSERT INTO geniacs_integrations (id, name, endpoint_url, api_key_encrypted, api_secret_encrypted)
             VALUES (2, 'on', 'https://partner.example/v1', 'sealed', 'sealed');
             INSERT INTO geniacs_field_mappings (integration_id, entity_type, local_field, geniacs_field, field_type)
             VALUES (2, 'invoices', 'name', 'name', 'string');
             INSERT INTO interval_runs VALUES (2, 'invoices', now() - interval '1 day')",
        )
        .await;

    let scheduler = stand.scheduler(&[]).await;
    eventually("the other one is synced", async || stand.count("geniacs_data_sync").await == 1).await;
    stand.stop([scheduler]).await;

    assert_eq!(stand.count("geniacs_data_sync WHERE integration_id = 2").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entity_whose_syncs_the_database_refuses_does_not_stop_the_others() {
    let stand = Stand::new().await;
    stand.integration().await;
    for entity in ["customers", "payments"] {
        stand.execute(&mapped(entity)).await;
    }
    stand.refuse_syncs_of("customers").await;

    let scheduler = stand.scheduler(&[("GENIACS_SYNC_INTERVAL", "1")]).await;
    let payments = "geniacs_data_sync WHERE entity_type = 'payments'";
    eventually("payments are synced", async || stand.count(payments).await == 1).await;
    stand.stop([scheduler]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_whose_next_sync_the_database_refuses_does_not_stop_the_others() {
    let stand = Stand::new().await;
    stand.integration().await;

    for entity in ["customers", "payments"] {
        let waiting = format!(
            "INSERT INTO geniacs_data_sync (integration_id, sync_type, entity_type, sync_direction, status, data)
             VALUES (1, 'full', '{entity}', 'to_geniacs', 'pending', '{{}}')"
        );
        stand.execute(&waiting).await;
    }

    stand.refuse_syncs_of("customers").await;

    let scheduler = stand.scheduler(&[]).await;
    let payments = "geniacs_data_sync WHERE entity_type = 'payments' AND status = 'processing'";
    eventually("payments are synced", async || stand.count(payments).await == 1).await;
    stand.stop([scheduler]).await;
}
