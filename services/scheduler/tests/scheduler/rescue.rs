//! Work that nobody took up.

use broker::Queue;
use messages::Message;
use messages::v1::WakeReason;

use crate::stand::{Stand, eventually, next};

const RUNNING: &str = "INSERT INTO geniacs_data_sync (id, integration_id, sync_type, entity_type, sync_direction, status, data, updated_at)
    VALUES (1, 1, 'full', 'customers', 'to_geniacs', 'processing', '{}', now() - interval '1 minute')";

fn is_rescue(message: &Message) -> bool {
    match message {
        Message::WorkPermit(permit) => permit.reason() == WakeReason::Rescue,
        Message::WebhookPermit(permit) => permit.reason() == WakeReason::Rescue,
        Message::WebhookDelivery(_) => false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_that_no_worker_took_is_woken_again() {
    let stand = Stand::new().await;
    stand.integration().await;
    stand.execute(RUNNING).await;
    stand
        .execute(
            "INSERT INTO sync_chunks (sync_id, integration_id, kind, worker, available_at)
             VALUES (1, 1, 'push', gen_random_uuid(), now() - interval '1 minute')",
        )
        .await;

    let mut permits = stand.collect(Queue::Work).await;
    let scheduler = stand.scheduler(&[]).await;
    assert!(is_rescue(&next(&mut permits).await));
    stand.stop([scheduler]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_sync_without_a_chunk_gets_one_that_moves_it_on() {
    let stand = Stand::new().await;
    stand.integration().await;
    stand.execute(RUNNING).await;

    let mut permits = stand.collect(Queue::Work).await;
    let schedulers = [stand.scheduler(&[]).await, stand.scheduler(&[]).await];
    assert!(is_rescue(&next(&mut permits).await));

    stand.stop(schedulers).await;
    assert_eq!(stand.count("sync_chunks WHERE sync_id = 1 AND kind = 'plan' AND state = 'open'").await, 1);
    assert_eq!(stand.count("sync_chunks").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_event_that_is_not_applied_wakes_a_worker() {
    let stand = Stand::new().await;
    stand.integration().await;
    stand
        .execute(
            "INSERT INTO geniacs_webhook_events (integration_id, event_type, dedupe_key, payload, available_at)
             VALUES (1, 'customer.updated', 'evt_1', '{}', now() - interval '1 minute')",
        )
        .await;

    let mut permits = stand.collect(Queue::Webhooks).await;
    let scheduler = stand.scheduler(&[]).await;
    assert!(is_rescue(&next(&mut permits).await));
    stand.stop([scheduler]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_whose_time_has_come_is_started() {
    let stand = Stand::new().await;
    stand.integration().await;
    stand.execute(RUNNING).await;
    stand
        .execute(
            "UPDATE geniacs_data_sync SET status = 'pending', retry_count = 1, next_retry_at = now() + interval '1 second';
             INSERT INTO geniacs_data_sync (id, integration_id, sync_type, entity_type, sync_direction, data, next_retry_at)
             VALUES (2, 1, 'full', 'payments', 'to_geniacs', '{}', now() + interval '1 hour')",
        )
        .await;

    let mut permits = stand.collect(Queue::Work).await;
    let schedulers = [stand.scheduler(&[]).await, stand.scheduler(&[]).await];

    let started = "geniacs_data_sync WHERE id = 1 AND status = 'processing' AND next_retry_at IS NULL";
    eventually("it runs", async || stand.count(started).await == 1).await;
    next(&mut permits).await;

    stand.stop(schedulers).await;
    assert_eq!(stand.count("sync_chunks WHERE kind = 'plan'").await, 1);
    assert_eq!(stand.count("geniacs_data_sync WHERE id = 2 AND status = 'pending'").await, 1);
}
