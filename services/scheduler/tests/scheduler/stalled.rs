//! Runs that show no progress.

use broker::Queue;

use crate::stand::{Stand, eventually, gauge, next};

const AFTER: [(&str, &str); 1] = [("GENIACS_SYNC__STALLED_AFTER_SECONDS", "2")];

/// A run at work since a minute: a worker renews its lease and does nothing else.
async fn hanging() -> Stand {
    let stand = Stand::new().await;
    stand.integration().await;
    stand
        .execute(
            "INSERT INTO geniacs_data_sync (id, integration_id, sync_type, entity_type, sync_direction, status, data, plan, updated_at)
             VALUES (1, 1, 'full', 'customers', 'to_geniacs', 'processing', '{}', '{}', now() - interval '1 minute');
             INSERT INTO sync_chunks (sync_id, integration_id, kind, worker, available_at)
             VALUES (1, 1, 'push', gen_random_uuid(), now() + interval '1 hour')",
        )
        .await;
    stand
}

const STALLED: &str = "geniacs_data_sync WHERE stalled_since IS NOT NULL";

const SHOWN: &str = "geniacs_syncs_stalled";

#[tokio::test(flavor = "multi_thread")]
async fn a_run_without_progress_is_told_once_counted_and_moved_on() {
    let stand = hanging().await;
    let mut permits = stand.collect(Queue::Work).await;
    let schedulers = [stand.scheduler(&AFTER).await, stand.scheduler(&AFTER).await];

    eventually("it is found", async || stand.count(STALLED).await == 1).await;
    next(&mut permits).await;

    assert_eq!(stand.count("sync_chunks WHERE kind = 'plan' AND state = 'open'").await, 1);
    assert_eq!(stand.count("geniacs_sync_logs WHERE sync_id = 1 AND log_level = 'warning'").await, 1);

    let address = schedulers[0].address;
    eventually("it is counted", async || gauge(address, SHOWN).await == Some(1.0)).await;

    // It moves again, as any step of a worker notes.
    stand.execute("UPDATE geniacs_data_sync SET updated_at = now() + interval '1 hour', stalled_since = NULL").await;
    eventually("it is not counted any more", async || gauge(address, SHOWN).await == Some(0.0)).await;

    stand.stop(schedulers).await;
    assert_eq!(stand.count("geniacs_sync_logs WHERE sync_id = 1").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_for_a_pause_or_for_the_time_of_a_chunk_is_not_stalling() {
    let stand = hanging().await;
    stand
        .execute(
            "INSERT INTO integration_limits (integration_id, paused_until) VALUES (1, now() + interval '1 hour');
             INSERT INTO geniacs_integrations (id, name, endpoint_url, api_key_encrypted, api_secret_encrypted)
             SELECT n, 'other ' || n, 'https://partner.example/v1', 'sealed', 'sealed' FROM generate_series(2, 3) n;
             INSERT INTO geniacs_data_sync (id, integration_id, sync_type, entity_type, sync_direction, status, data, plan, updated_at)
             SELECT n, n, 'full', 'customers', 'to_geniacs', 'processing', '{}', '{}', now() - interval '1 minute' FROM generate_series(2, 3) n;
             INSERT INTO sync_chunks (sync_id, integration_id, kind, available_at) VALUES (2, 2, 'push', now() + interval '1 hour');
             INSERT INTO sync_chunks (sync_id, integration_id, kind, available_at) VALUES (3, 3, 'push', now() - interval '1 minute')",
        )
        .await;

    let scheduler = stand.scheduler(&AFTER).await;
    eventually("one that only nobody takes is found", async || stand.count(STALLED).await == 1).await;

    stand.stop([scheduler]).await;
    assert_eq!(stand.count("geniacs_data_sync WHERE stalled_since IS NOT NULL AND id = 3").await, 1);
}
