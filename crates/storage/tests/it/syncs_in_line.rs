//! Whose turn it is: after an end, a retry's time, a pause, a crash.

use domain::EntityType::Customers;
use domain::{Counts, SyncStatus};
use storage::outbox::OutboxId;
use storage::partners::limits;
use storage::runs::chunks::{self, Turn};
use storage::runs::rescue;
use storage::runs::syncs::{self, Ending};
use storage::{AsyncConnection, Connection};
use uuid::Uuid;

use crate::stand::{Stand, accepted, plain, request};

pub(crate) fn ending(status: SyncStatus) -> Ending {
    Ending { status, error_type: None, error_message: None, last_answer: None }
}

/// Ends a sync and starts the next, as a worker does.
async fn end(stand: &Stand, id: i64) -> Option<OutboxId> {
    let work = async |connection: &mut Connection| {
        syncs::lock(connection, id).await?;
        assert!(syncs::finish(connection, id, &ending(SyncStatus::Success), &Counts::default()).await?);
        syncs::start_next(connection, 1, Customers).await
    };
    Connection::transaction(&mut *stand.connection().await, work).await.unwrap()
}

async fn status(stand: &Stand, id: i64) -> String {
    syncs::find(&mut *stand.connection().await, id).await.unwrap().unwrap().status
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_in_line_starts_when_a_sync_ends() {
    let stand = Stand::new().await;
    let [first, second, third] = [stand.sync().await, stand.sync().await, stand.sync().await];

    assert!(end(&stand, first).await.is_some(), "a permit goes with it");
    let states = [status(&stand, first).await, status(&stand, second).await, status(&stand, third).await];
    assert_eq!(states, ["success", "processing", "pending"]);
    let plans =
        format!("SELECT count(*) FROM sync_chunks WHERE sync_id = {second} AND kind = 'plan' AND state = 'open'");
    assert_eq!(stand.ask(&plans).await, "1");

    assert!(end(&stand, second).await.is_some());
    assert!(end(&stand, third).await.is_none(), "nobody is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_ends_once_and_drops_what_it_had_not_done() {
    let stand = Stand::new().await;
    let id = stand.sync().await;
    let mut connection = stand.connection().await;
    let chunk = chunks::claim(&mut connection, Uuid::new_v4(), 15.0, Turn::After(0)).await.unwrap().unwrap();
    let counts = Counts { read: 3, created: 3, ..Counts::default() };
    let cancelled = ending(SyncStatus::Cancelled);

    assert!(syncs::finish(&mut connection, id, &cancelled, &counts).await.unwrap());
    assert!(!syncs::finish(&mut connection, id, &ending(SyncStatus::Failed), &counts).await.unwrap());

    assert_eq!(status(&stand, id).await, "cancelled");
    assert_eq!(stand.ask("SELECT total || ' ' || records FROM sync_stats_daily").await, "1 3", "it is counted once");
    assert!(!chunks::count(&mut connection, &chunk, &counts, true).await.unwrap(), "its worker is told to stop");
    assert_eq!(stand.ask("SELECT last_sync_at IS NOT NULL FROM geniacs_integrations").await, "true");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_waits_for_its_time_and_lets_others_go_before() {
    let stand = Stand::new().await;
    let first = stand.sync().await;
    let mut connection = stand.connection().await;
    syncs::move_to_retry(&mut connection, first, 60.0).await.unwrap();
    let waiting = syncs::find(&mut connection, first).await.unwrap().unwrap();
    assert_eq!((waiting.status.as_str(), waiting.retry_count, waiting.next_retry_at.is_some()), ("pending", 1, true));
    assert!(syncs::start_due(&mut connection).await.unwrap().is_empty());

    let second = stand.sync().await;
    assert_eq!(status(&stand, second).await, "processing");
    stand.move_clock("61 seconds").await;
    assert!(syncs::start_due(&mut connection).await.unwrap().is_empty(), "another one runs");

    assert!(end(&stand, second).await.is_some());
    let again = syncs::find(&mut connection, first).await.unwrap().unwrap();
    assert_eq!((again.status.as_str(), again.next_retry_at), ("processing", None));
    assert_eq!(again.started_at, waiting.started_at, "its time began with the first run");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_integration_s_syncs_wait_until_the_pause_ends() {
    let stand = Stand::new().await;
    let mut connection = stand.connection().await;

    limits::pause(&mut connection, 1, 60.0, "the partner asked for it").await.unwrap();
    let id = accepted(&stand.accept(&plain(&request(1))).await);
    assert_eq!(status(&stand, id).await, "pending");
    assert!(syncs::start_due(&mut connection).await.unwrap().is_empty());

    stand.move_clock("61 seconds").await;
    assert_eq!(syncs::start_due(&mut connection).await.unwrap(), [(1, Customers)]);
    assert!(syncs::start_next(&mut connection, 1, Customers).await.unwrap().is_some());
    assert_eq!(status(&stand, id).await, "processing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_sync_that_nothing_moves_gets_one_chunk_that_does() {
    let stand = Stand::new().await;
    let id = stand.sync().await;
    let mut connection = stand.connection().await;

    stand.move_clock("1 minute").await;
    assert!(chunks::orphaned_syncs(&mut connection).await.unwrap().is_empty(), "its plan is to be made");
    assert!(!rescue::replan(&mut connection, id).await.unwrap());

    stand.execute("UPDATE sync_chunks SET state = 'done', completed_at = now()").await;
    assert_eq!(chunks::orphaned_syncs(&mut connection).await.unwrap(), [id]);
    assert!(rescue::replan(&mut connection, id).await.unwrap());
    assert!(!rescue::replan(&mut connection, id).await.unwrap(), "once");
    assert!(chunks::orphaned_syncs(&mut connection).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_phase_begins_with_its_own_plan_and_walk() {
    let stand = Stand::new().await;
    let id = stand.sync().await;
    let mut connection = stand.connection().await;
    let (first, second) = (serde_json::json!({"plan": 1}), serde_json::json!({"plan": 2}));

    syncs::begin_phase(&mut connection, id, &first, &first, false, Some(10)).await.unwrap();
    syncs::save_walk(&mut connection, id, &second, true).await.unwrap();
    let head = syncs::head(&mut connection, id).await.unwrap().unwrap();
    assert_eq!((head.plan, head.walk, head.walk_done), (Some(first), Some(second.clone()), true));

    syncs::begin_phase(&mut connection, id, &second, &second, false, Some(20)).await.unwrap();
    let head = syncs::head(&mut connection, id).await.unwrap().unwrap();
    assert_eq!((head.plan, head.walk, head.walk_done), (Some(second.clone()), Some(second), false));
}
