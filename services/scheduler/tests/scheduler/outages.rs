//! The scheduler while the database or the broker is away.

use broker::Queue;

use crate::stand::{Stand, amqp_url, behind_a_proxy, eventually, next};

const EVERY_SECOND: &str =
    "INSERT INTO geniacs_sync_schedules (integration_id, name, entity_type, sync_type, cron_expression,
         time_zone, next_run_at, overlap)
    VALUES (1, 'schedule', 'customers', 'incremental', '* * * * * *', 'UTC', now(), 'queue')";

#[tokio::test(flavor = "multi_thread")]
async fn schedules_tick_again_once_the_database_is_back() {
    let stand = Stand::new().await;
    stand.integration().await;
    let (proxy, url) = behind_a_proxy(stand.database.url()).await;
    let scheduler = stand.scheduler(&[("GENIACS_DATABASE__URL", &url)]).await;

    proxy.refuse();
    stand.execute(EVERY_SECOND).await;
    eventually("the scheduler has noticed", async || proxy.accepted() > 20).await;
    assert_eq!(stand.count("geniacs_data_sync").await, 0);

    proxy.resume();
    eventually("the schedule ticks", async || stand.count("geniacs_data_sync").await >= 2).await;

    stand.stop([scheduler]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_broker_ticks_start_syncs_whose_permits_wait_unclaimed() {
    let stand = Stand::new().await;
    stand.integration().await;
    let (proxy, url) = behind_a_proxy(&amqp_url()).await;
    let scheduler = stand.scheduler(&[("GENIACS_BROKER__URL", &url)]).await;

    proxy.refuse();
    stand.execute(EVERY_SECOND).await;

    eventually("the schedule ticks", async || stand.count("geniacs_data_sync").await >= 3).await;
    assert_eq!(stand.count("outbox WHERE epoch = 0").await, 1, "nobody claims what cannot be sent");

    let mut permits = stand.collect(Queue::Work).await;
    proxy.resume();
    next(&mut permits).await;
    eventually("the outbox is empty", async || stand.count("outbox").await == 0).await;

    stand.stop([scheduler]).await;
}
