//! The nightly clean-up, the weekly report, and the months of monitoring data.

use crate::stand::{Stand, eventually};

/// What makes the last clean-up and the last report lie a month back.
const A_MONTH_AGO: &str = "UPDATE housekeeping_runs SET scheduled_for = now() - interval '40 days'";

/// Runs of a job that came to their end, without the one that the migration wrote.
fn done(job: &str) -> String {
    format!(
        "housekeeping_runs WHERE job = '{job}' AND finished_at IS NOT NULL AND scheduled_for > now() - interval '30 days'"
    )
}

const SYNCS: &str = "INSERT INTO geniacs_data_sync (id, integration_id, sync_type, entity_type, sync_direction, status, data,
        created_at, started_at, completed_at, response_data, error_type)
    SELECT n, 1, 'incremental', 'customers', 'to_geniacs', (ARRAY['success', 'partial', 'failed'])[1 + n % 3]::sync_status, '{}',
        w.at, w.at, w.at + interval '1 second' * n, '{\"counts\": {\"read\": 10, \"created\": 9, \"failed\": 1}}',
        CASE n % 3 WHEN 2 THEN 'credentials_refused' END
    FROM generate_series(0, 5) n, (SELECT timestamptz '2031-01-10T00:00:00Z' AS at) w";

/// A Wednesday; the week before began on 6 January in Jakarta.
const A_WEDNESDAY: &str = "CREATE OR REPLACE FUNCTION geniacs_now() RETURNS timestamptz LANGUAGE sql STABLE
    AS $$ SELECT timestamptz '2031-01-15T12:00:00Z' $$";

#[tokio::test(flavor = "multi_thread")]
async fn many_schedulers_clean_up_once_and_catch_up_once_after_a_downtime() {
    let stand = Stand::new().await;
    stand.integration().await;
    stand.execute(A_MONTH_AGO).await;

    stand
        .execute(
            "INSERT INTO geniacs_sync_logs (integration_id, log_level, message, created_at)
             SELECT 1, 'info', 'log', now() - make_interval(days => n) FROM generate_series(0, 60) n;
             INSERT INTO geniacs_data_sync (id, integration_id, sync_type, entity_type, sync_direction, status, data, created_at,
                 completed_at) VALUES
                 (1, 1, 'full', 'customers', 'to_geniacs', 'success', '{}', now() - interval '300 days', now() - interval '300 days'),
                 (2, 1, 'full', 'customers', 'to_geniacs', 'success', '{}', now(), now());
             INSERT INTO sync_chunks (id, sync_id, integration_id, kind, state) VALUES (1, 1, 1, 'push', 'done');
             INSERT INTO geniacs_integrations (id, name, endpoint_url, api_key_encrypted, api_secret_encrypted, archived_at)
             VALUES (9, 'gone', 'https://partner.example/v1', '', '', now() - interval '300 days');
             INSERT INTO geniacs_sync_logs (integration_id, log_level, message) VALUES (9, 'info', 'log')",
        )
        .await;

    let own = [("GENIACS_DATABASE__POOL_SIZE", "4"), ("GENIACS_LOG_RETENTION_DAYS", "10")];

    let schedulers = [stand.scheduler(&own).await, stand.scheduler(&own).await, stand.scheduler(&own).await];
    eventually("the clean-up is done", async || stand.count(&done("clean_up")).await == 1).await;
    eventually("the report is made", async || stand.count(&done("weekly_report")).await == 1).await;
    stand.stop(schedulers).await;

    assert_eq!(stand.count("geniacs_sync_logs").await, 10, "ten days of logs stay");
    assert_eq!(stand.count("geniacs_data_sync").await, 1);
    assert_eq!(stand.count("sync_chunks").await, 0);
    assert_eq!(stand.count("geniacs_integrations").await, 1, "what was archived long ago is purged");
    assert_eq!(stand.count("reports").await, 1);
    assert_eq!(stand.count("housekeeping_runs WHERE claims > 1").await, 0);

    let at_two = "housekeeping_runs WHERE job = 'clean_up' AND scheduled_for > now() - interval '30 days'
        AND to_char(scheduled_for AT TIME ZONE 'Asia/Jakarta', 'HH24:MI') = '02:00'";
    assert_eq!(stand.count(at_two).await, 1, "by the clock of the service");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_ended_long_ago_go_and_no_others() {
    let stand = Stand::new().await;
    stand.execute(A_MONTH_AGO).await;

    stand
        .execute(
            "INSERT INTO users (id, email, name, password_hash, role) VALUES (1, 'a@example.com', 'A', '', 'viewer');
             INSERT INTO api_tokens (user_id, name, token_hash, role, expires_at, revoked_at)
             SELECT 1, name, convert_to(name, 'UTF8'), 'viewer', now() + expires::interval, now() + revoked::interval
             FROM (VALUES ('endless', null, null), ('valid', '1 day', null), ('just expired', '-1 day', null),
                 ('just revoked', null, '-1 day'), ('expired', '-31 days', null), ('revoked', null, '-31 days'),
                 ('revoked in time', '1 day', '-31 days')) AS t (name, expires, revoked)",
        )
        .await;

    let scheduler = stand.scheduler(&[("GENIACS_DATABASE__ROLE", "geniacs_scheduler")]).await;
    eventually("the clean-up is done", async || stand.count(&done("clean_up")).await == 1).await;
    stand.stop([scheduler]).await;

    assert_eq!(stand.count("api_tokens WHERE name IN ('endless', 'valid', 'just expired', 'just revoked')").await, 4);
    assert_eq!(stand.count("api_tokens").await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_installation_has_nothing_to_clean_up_or_to_report() {
    let stand = Stand::new().await;
    let scheduler = stand.scheduler(&[]).await;
    let ahead = "pg_class WHERE relname = 'monitoring_data_y' || to_char(now() AT TIME ZONE 'UTC' + interval '1 month', 'YYYY\"m\"MM')";
    eventually("next month has its partition", async || stand.count(ahead).await == 1).await;
    stand.stop([scheduler]).await;
    assert_eq!(stand.count("housekeeping_runs").await, 2);
    assert_eq!(stand.count("reports").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn months_without_a_partition_get_one_at_the_start() {
    let stand = Stand::new().await;
    let next = "'monitoring_data_y' || to_char(now() AT TIME ZONE 'UTC' + interval '2 months', 'YYYY\"m\"MM')";
    stand.execute(&format!("DO $$ BEGIN EXECUTE 'DROP TABLE ' || {next}; END $$")).await;

    stand
        .execute(
            "INSERT INTO monitoring_data (metric_type, value, recorded_at)
             VALUES ('uptime', 1, date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + interval '2 months 1 day')",
        )
        .await;
    assert_eq!(stand.count("monitoring_data_default").await, 1);

    let schedulers = [stand.scheduler(&[]).await, stand.scheduler(&[]).await];
    eventually("it is moved", async || stand.count("monitoring_data_default").await == 0).await;
    stand.stop(schedulers).await;

    assert_eq!(stand.count("monitoring_data").await, 1);
    assert_eq!(stand.count(&format!("pg_class WHERE relname = {next}")).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_counts_the_week_before_by_integration_and_entity() {
    let stand = Stand::new().await;
    stand.integration().await;
    stand.execute(A_WEDNESDAY).await;
    stand.execute(SYNCS).await;

    stand
        .execute(
            "INSERT INTO sync_chunks (id, sync_id, integration_id, kind, state) VALUES (1, 1, 1, 'push', 'done');
             INSERT INTO sync_record_errors (sync_id, chunk_id, error_type, error_message)
             SELECT 1, 1, CASE WHEN n <= 3 THEN 'validation_error' ELSE 'kind_' || n END, 'x' FROM generate_series(1, 20) n;
             INSERT INTO customers (name) VALUES ('a'), ('b'), ('c');
             INSERT INTO record_links (integration_id, entity_type, local_id, geniacs_id, unconfirmed)
             SELECT 1, 'customers', id, 'G' || id, true FROM customers ORDER BY id LIMIT 1;
             INSERT INTO geniacs_webhook_events (integration_id, event_type, dedupe_key, payload, state, entity_type, created_at)
             SELECT 1, 'customer.updated', n::text, '{}', (ARRAY['processed', 'set_aside'])[1 + n % 2]::webhook_state,
                 CASE WHEN n < 4 THEN 'customers'::entity_type END, s.completed_at
             FROM generate_series(0, 5) n, (SELECT min(completed_at) AS completed_at FROM geniacs_data_sync) s",
        )
        .await;

    let scheduler = stand.scheduler(&[]).await;
    eventually("the report is made", async || stand.count("reports").await == 1).await;
    stand.stop([scheduler]).await;

    let says = async |path: &str, value: &str| {
        let found = stand.count(&format!("reports WHERE content #>> '{{{path}}}' = '{value}'")).await;
        assert_eq!(found, 1, "{path} is not {value}");
    };

    says("entities,0,entity_type", "customers").await;
    says("entities,0,integration", "partner").await;
    says("entities,0,syncs,total", "6").await;
    says("entities,0,syncs,successful", "2").await;
    says("entities,0,syncs,partial", "2").await;
    says("entities,0,success_rate", "33.3").await;
    says("entities,0,records,read", "60").await;
    says("entities,0,p95_duration_ms", "4750").await;
    says("entities,0,errors,0,error_type", "validation_error").await;
    says("entities,0,errors,0,count", "3").await;
    says("entities,0,errors,1,error_type", "credentials_refused").await;
    says("entities,0,conflicts", "0").await;
    says("entities,0,webhooks,received", "4").await;
    says("entities,0,webhooks,set_aside", "2").await;
    says("entities,0,drift,unlinked", "2").await;
    says("entities,0,drift,unconfirmed", "1").await;
    says("other_webhooks,0,webhooks,received", "2").await;

    assert_eq!(stand.count("reports WHERE jsonb_array_length(content #> '{entities,0,errors}') = 10").await, 1);
    let week = "reports WHERE period_start = '2031-01-05T17:00:00Z' AND period_end = '2031-01-12T17:00:00Z'";
    assert_eq!(stand.count(week).await, 1, "from Monday to Monday in Jakarta");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_retention_and_the_time_zone_are_settings() {
    let stand = Stand::new().await;
    stand.integration().await;
    stand.execute(A_MONTH_AGO).await;

    stand
        .execute(
            "INSERT INTO geniacs_webhook_events (integration_id, event_type, dedupe_key, payload, state, created_at, processed_at)
             SELECT 1, 'customer.updated', n::text, '{}', 'processed', now() - make_interval(days => n), now() - make_interval(days => n)
             FROM generate_series(0, 20) n;
             INSERT INTO geniacs_data_sync (integration_id, sync_type, entity_type, sync_direction, status, data, created_at, completed_at)
             SELECT 1, 'full', 'customers', 'to_geniacs', 'success', '{}', now() - make_interval(days => n), now() - make_interval(days => n)
             FROM generate_series(0, 20) n;
             INSERT INTO audit_log (actor, action, subject_type, created_at)
             SELECT 'somebody', 'thing.done', 'thing', now() - make_interval(days => n) FROM generate_series(20, 0, -1) n;
             SELECT ensure_monitoring_partition((now() - make_interval(months => n))::date) FROM generate_series(2, 6) n;
             INSERT INTO monitoring_data (metric_type, value, recorded_at)
             SELECT 'uptime', 1, now() - make_interval(days => n) FROM generate_series(0, 150) n",
        )
        .await;

    let own = [
        ("GENIACS_RETENTION__WEBHOOK_EVENTS_DAYS", "5"),
        ("GENIACS_RETENTION__SYNCS_DAYS", "6"),
        ("GENIACS_RETENTION__AUDIT_DAYS", "7"),
        ("GENIACS_RETENTION__MONITORING_MONTHS", "1"),
        ("GENIACS_TIME_ZONE", "Europe/Berlin"),
    ];

    let scheduler = stand.scheduler(&own).await;
    eventually("the clean-up is done", async || stand.count(&done("clean_up")).await == 1).await;
    stand.stop([scheduler]).await;

    assert_eq!(stand.count("geniacs_webhook_events").await, 5);
    assert_eq!(stand.count("geniacs_data_sync").await, 6);
    assert_eq!(stand.count("audit_log").await, 7);

    let kept = "monitoring_data WHERE recorded_at >= (date_trunc('month', now() AT TIME ZONE 'UTC') - interval '1 month') AT TIME ZONE 'UTC'";
    assert_eq!(stand.count("monitoring_data").await, stand.count(kept).await);

    let old = "pg_class WHERE relname ~ '^monitoring_data_y\\d{4}m\\d{2}$' AND relkind = 'r'
        AND relname < 'monitoring_data_y' || to_char(now() AT TIME ZONE 'UTC' - interval '1 month', 'YYYY\"m\"MM')";
    assert_eq!(stand.count(old).await, 0, "older months are dropped");

    let at_two = "housekeeping_runs WHERE job = 'clean_up' AND scheduled_for > now() - interval '30 days'
        AND to_char(scheduled_for AT TIME ZONE 'Europe/Berlin', 'HH24:MI') = '02:00'";
    assert_eq!(stand.count(at_two).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retention_that_people_stored_wins_over_the_settings() {
    let stand = Stand::new().await;
    stand.integration().await;
    stand.execute(A_MONTH_AGO).await;

    stand
        .execute(
            "UPDATE retention_settings SET log_days = 5, webhook_events_days = 1;
             INSERT INTO geniacs_sync_logs (integration_id, log_level, message, created_at)
             SELECT 1, 'info', 'log', now() - make_interval(days => n) FROM generate_series(0, 60) n;
             INSERT INTO dead_letters (message_key, message_type, content_type, state, created_at)
             SELECT n, 't', 'c', 'dropped', now() - make_interval(days => n) FROM generate_series(0, 3) n",
        )
        .await;

    let scheduler = stand.scheduler(&[("GENIACS_LOG_RETENTION_DAYS", "20")]).await;
    eventually("the clean-up is done", async || stand.count(&done("clean_up")).await == 1).await;
    stand.stop([scheduler]).await;

    assert_eq!(stand.count("geniacs_sync_logs").await, 5, "five days of logs stay");
    assert_eq!(stand.count("dead_letters").await, 1, "letters that no event holds go with the events' time");
}
