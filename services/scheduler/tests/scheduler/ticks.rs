//! Schedules and the syncs that they start.

use broker::Queue;
use messages::Message;

use crate::stand::{Stand, eventually, next};

/// A schedule of integration 1 with this many seconds since its tick.
fn schedule(id: i64, entity: &str, cron: &str, late: i64, more: (&str, &str)) -> String {
    let (column, value) = more;
    format!(
        "INSERT INTO geniacs_sync_schedules (id, integration_id, name, entity_type, sync_type, cron_expression, time_zone,
             next_run_at, {column})
         VALUES ({id}, 1, 'schedule', '{entity}', 'incremental', '{cron}', 'Asia/Jakarta',
             date_trunc('second', now()) - interval '{late} seconds', {value})"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn five_schedulers_start_one_sync_per_tick() {
    let stand = Stand::new().await;
    stand.integration().await;
    stand.execute(&schedule(1, "customers", "* * * * * *", 0, ("overlap, catch_up", "'queue', 'all'"))).await;

    let mut permits = stand.collect(Queue::Work).await;
    let mut schedulers = Vec::new();
    for _ in 0..5 {
        schedulers.push(stand.scheduler(&[("GENIACS_DATABASE__POOL_SIZE", "3")]).await);
    }

    eventually("eight ticks have syncs", async || stand.count("geniacs_data_sync").await >= 8).await;
    assert!(matches!(next(&mut permits).await, Message::WorkPermit(_)));
    stand.stop(schedulers).await;

    let ticks = "SELECT count(DISTINCT scheduled_for) AS n FROM geniacs_data_sync WHERE schedule_id = 1 AND lane = 1";
    assert_eq!(stand.number(ticks).await, stand.count("geniacs_data_sync").await);

    let gaps =
        "(SELECT scheduled_for - lag(scheduled_for) OVER (ORDER BY scheduled_for) AS gap FROM geniacs_data_sync) g
        WHERE gap <> interval '1 second'";
    assert_eq!(stand.count(gaps).await, 0, "no tick is left out");

    assert_eq!(stand.count("geniacs_data_sync WHERE status = 'processing'").await, 1, "one runs, the others wait");
    assert_eq!(stand.count("sync_chunks WHERE kind = 'plan'").await, 1);

    let listed = "schedule_ticks t JOIN geniacs_data_sync s ON s.id = t.sync_id AND s.scheduled_for = t.scheduled_for
        WHERE t.outcome = 'run' AND t.reason IS NULL";
    assert_eq!(stand.count(listed).await, stand.count("geniacs_data_sync").await, "every tick is written down");
}

#[tokio::test(flavor = "multi_thread")]
async fn missed_ticks_are_caught_up_by_one_run_or_left_out() {
    let stand = Stand::new().await;
    stand.integration().await;
    stand.execute(&schedule(1, "customers", "*/15 * * * *", 7_200, ("catch_up", "'one'"))).await;
    stand.execute(&schedule(2, "customers", "*/15 * * * *", 7_199, ("catch_up", "'skip'"))).await;
    stand.execute(&schedule(3, "payments", "*/15 * * * *", 7_198, ("catch_up", "'one'"))).await;

    let scheduler = stand.scheduler(&[]).await;
    let ahead = "geniacs_sync_schedules WHERE next_run_at > now()";
    eventually("all have moved on", async || stand.count(ahead).await == 3).await;

    assert_eq!(stand.count("geniacs_data_sync").await, 2);
    let settings = "geniacs_data_sync WHERE schedule_id = 1 AND sync_direction = 'to_geniacs'
        AND data #>> '{settings,batch_size}' = '100' AND status = 'processing'";
    assert_eq!(stand.count(settings).await, 1);
    assert_eq!(stand.count("geniacs_sync_schedules WHERE last_run_at IS NOT NULL").await, 2);

    // Two hours of quarters: of the first schedule the newest runs, of the second none.
    let of = |id: i64, outcome: &str| format!("schedule_ticks WHERE schedule_id = {id} AND outcome = '{outcome}'");
    assert_eq!(stand.count(&of(1, "run")).await, 1);
    assert!(stand.count(&of(1, "missed")).await >= 7);
    assert_eq!(stand.count(&of(2, "run")).await, 0);
    assert!(stand.count(&of(2, "missed")).await >= 8);

    assert_eq!(stand.count("schedule_ticks WHERE outcome <> 'run' AND reason IS NULL").await, 0);

    eventually("the permit is sent and gone", async || stand.count("outbox").await == 0).await;
    stand.stop([scheduler]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_s_configuration_is_stronger_than_the_integration_s_and_the_settings() {
    let stand = Stand::new().await;
    stand.integration().await;
    let configuration = r#"'{"batch_size": 7, "max_execution_time": 90, "retry_failed": false, "sync_window": "last_hour", "sync_direction": "from_geniacs",
        "options": {"dry_run": true}, "filters": {"status": "active"}}'"#;
    stand.execute(&schedule(1, "customers", "*/15 * * * *", 0, ("configuration", configuration))).await;

    let scheduler = stand.scheduler(&[("GENIACS_BATCH_SIZE", "33")]).await;
    let made = "geniacs_data_sync WHERE sync_direction = 'from_geniacs' AND data #>> '{settings,batch_size}' = '7'
        AND data #>> '{settings,window_seconds}' = '3600' AND data #>> '{options,dry_run}' = 'true'
        AND data #>> '{settings,max_seconds}' = '90' AND data #>> '{settings,retry_failed}' = 'false'
        AND data #>> '{filters,status}' = 'active'";
    eventually("the sync is made as configured", async || stand.count(made).await == 1).await;

    stand.stop([scheduler]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_over_a_running_sync_is_left_out() {
    let stand = Stand::new().await;
    stand.integration().await;
    stand.execute(&schedule(1, "customers", "*/15 * * * *", 0, ("overlap", "'skip'"))).await;

    stand
        .execute(
            "INSERT INTO geniacs_data_sync (integration_id, sync_type, entity_type, sync_direction, status, data)
             VALUES (1, 'full', 'customers', 'to_geniacs', 'processing', '{}')",
        )
        .await;

    let scheduler = stand.scheduler(&[]).await;
    let ahead = "geniacs_sync_schedules WHERE next_run_at > now() AND last_run_at IS NULL";
    eventually("it has moved on", async || stand.count(ahead).await == 1).await;

    assert_eq!(stand.count("geniacs_data_sync").await, 1);
    assert_eq!(stand.count("schedule_ticks WHERE outcome = 'skipped' AND reason LIKE '%under way%'").await, 1);
    stand.stop([scheduler]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_that_is_switched_off_does_not_tick() {
    let stand = Stand::new().await;
    stand.integration().await;
    stand.execute(&schedule(1, "customers", "*/15 * * * *", 0, ("is_active", "false"))).await;
    stand
        .execute(
            "INSERT INTO geniacs_integrations (id, name, endpoint_url, api_key_encrypted, api_secret_encrypted, configuration)
             VALUES (2, 'off', 'https://partner.example/v1', 'sealed', 'sealed', '{\"auto_sync\": false}');
             INSERT INTO geniacs_integrations (id, name, endpoint_url, api_key_encrypted, api_secret_encrypted)
             VALUES (3, 'on', 'https://partner.example/v1', 'sealed', 'sealed')",
        )
        .await;

    let other = |id: i64| {
        let own = schedule(10 + id, "customers", "*/15 * * * *", 0, ("is_active", "true"));
        own.replace(&format!("({}, 1,", 10 + id), &format!("({}, {id},", 10 + id))
    };
    stand.execute(&other(2)).await;
    stand.execute(&other(3)).await;

    let scheduler = stand.scheduler(&[]).await;
    eventually("only the third has a sync", async || {
        stand.count("geniacs_data_sync WHERE integration_id = 3").await == 1
    })
    .await;

    let skipped = "schedule_ticks WHERE schedule_id = 12 AND outcome = 'skipped' AND reason LIKE 'auto_sync is off%'";
    eventually("the second's tick is skipped", async || stand.count(skipped).await == 1).await;
    assert_eq!(stand.count("schedule_ticks WHERE schedule_id = 1").await, 0, "a schedule that is off has no ticks");
    assert_eq!(stand.count("geniacs_data_sync").await, 1);

    stand.stop([scheduler]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_automatic_syncs_every_tick_is_skipped_and_none_is_caught_up_later() {
    let stand = Stand::new().await;
    stand.integration().await;
    stand.execute(&schedule(1, "customers", "*/15 * * * *", 7_200, ("catch_up", "'all'"))).await;

    let scheduler = stand.scheduler(&[("GENIACS_AUTO_SYNC_ENABLED", "false")]).await;
    let ahead = "geniacs_sync_schedules WHERE next_run_at > now()";
    eventually("it has moved on", async || stand.count(ahead).await == 1).await;

    stand.stop([scheduler]).await;
    assert!(stand.count("schedule_ticks WHERE outcome = 'skipped' AND reason LIKE 'GENIACS_AUTO_SYNC%'").await >= 8);
    assert_eq!(stand.count("geniacs_data_sync").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_keeps_its_nominal_time_and_starts_within_its_jitter() {
    let stand = Stand::new().await;
    stand.integration().await;

    let scheduler = stand.scheduler(&[]).await;
    for id in 1..=8 {
        stand.execute(&schedule(id, "customers", "0 0 1 1 *", 0, ("jitter_seconds", "3"))).await;
    }

    eventually("all have ticked", async || stand.count("schedule_ticks").await == 8).await;
    stand.stop([scheduler]).await;

    let jitter =
        "make_interval(secs => (hashint8(schedule_id + extract(epoch FROM scheduled_for)::bigint) & 2147483647) % 4)";
    let early = format!("schedule_ticks WHERE created_at < scheduled_for + {jitter}");
    assert_eq!(stand.count(&early).await, 0, "none starts before its jitter has passed");

    let jitters = format!("SELECT count(DISTINCT {jitter}) AS n FROM schedule_ticks");
    assert!(stand.number(&jitters).await > 1, "they are spread");

    let nominal = "schedule_ticks WHERE scheduled_for <> date_trunc('second', scheduled_for)";
    assert_eq!(stand.count(nominal).await, 0, "the nominal time stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expression_that_cannot_be_read_holds_no_other_schedule_up() {
    let stand = Stand::new().await;
    stand.integration().await;
    stand.execute(&schedule(1, "customers", "rubbish", 60, ("is_active", "true"))).await;
    stand.execute(&schedule(2, "customers", "*/15 * * * *", 0, ("is_active", "true"))).await;

    let scheduler = stand.scheduler(&[]).await;
    eventually("the other has a sync", async || stand.count("geniacs_data_sync WHERE schedule_id = 2").await == 1)
        .await;
    assert_eq!(stand.count("geniacs_sync_schedules WHERE id = 1 AND next_run_at > now()").await, 1);

    stand.stop([scheduler]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_whose_sync_the_database_refuses_is_put_off_and_the_others_tick() {
    let stand = Stand::new().await;
    stand.integration().await;
    stand.refuse_syncs_of("customers").await;

    // The refused one has been due for longer, and is looked at first.
    stand.execute(&schedule(1, "customers", "0 * * * *", 90, ("catch_up", "'one'"))).await;
    stand.execute(&schedule(2, "payments", "0 * * * *", 30, ("catch_up", "'one'"))).await;

    let scheduler = stand.scheduler(&[]).await;
    eventually("the other one ticks", async || stand.count("geniacs_data_sync WHERE schedule_id = 2").await == 1).await;

    let put_off = "geniacs_sync_schedules s JOIN schedule_ticks t ON t.schedule_id = s.id
        WHERE s.id = 1 AND s.next_run_at > now() + interval '50 minutes'
          AND t.outcome = 'skipped' AND t.reason LIKE '%P0001%'";
    eventually("the refused one is put off", async || stand.count(put_off).await == 1).await;

    stand.stop(vec![scheduler]).await;
}
