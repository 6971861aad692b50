//! Workers that die, sleep and are asked to stop in the middle of a sync.

use crate::syncs::{at_geniacs, load_customers};
use end_to_end::{LIMIT, Process, Stack, StackOptions};
use serde_json::{Value, json};
use std::time::Duration;
use test_support::eventually;

const RECORDS: i64 = 10_000;

/// A stack whose leases run out within seconds, with a partner so slow that a sync takes some, and that recognises no
/// repeated request.
async fn stack(workers: usize) -> Stack {
    let settings = vec![
        ("GENIACS_WORK__LEASE_SECONDS", "4".to_owned()),
        ("GENIACS_WORK__LEASE_RENEW_SECONDS", "1".to_owned()),
        ("GENIACS_RESCUE__AFTER_SECONDS", "2".to_owned()),
    ];
    let stack = Stack::start(StackOptions { workers, settings, ..StackOptions::default() }).await;
    load_customers(&stack, RECORDS).await;
    stack.admin("faults", &json!({"latency_ms": 1_000, "ignore_idempotency": true})).await;
    stack
}

async fn is_over(stack: &Stack, id: i64) -> bool {
    !stack.status(id).await["completed_at"].is_null()
}

async fn wait_until_processed(stack: &Stack, id: i64, more_than: i64) {
    eventually("records are processed", LIMIT, async || {
        let processed = stack.status(id).await["progress"]["processed_records"].as_i64()?;
        (processed > more_than).then_some(())
    })
    .await;
}

/// Every record went once, and the counts say so: per chunk, in sum, and by outcome.
async fn assert_right(stack: &Stack, push: &Value) {
    assert_eq!(push["status"], "success", "{push}");
    assert_eq!(push["progress"]["processed_records"], json!(RECORDS), "{push}");
    let sums = "SELECT sum(records_read) || ' ' || sum(created + updated + unchanged) || ' ' || sum(failed + conflicts + skipped)
        FROM sync_chunks WHERE state = 'done'";
    assert_eq!(stack.database.ask(sums).await, format!("{RECORDS} {RECORDS} 0"));
    assert_eq!(stack.database.ask("SELECT count(DISTINCT geniacs_id) FROM record_links").await, RECORDS.to_string());
    let records = usize::try_from(RECORDS).expect("a count");
    assert_eq!(at_geniacs(stack).await, (records, records), "no record twice at Geniacs");
}

/// The next moment to interfere, unless the sync is over before.
async fn next_blow(stack: &Stack, id: i64) -> bool {
    let due = tokio::time::Instant::now() + Duration::from_secs(3);
    while tokio::time::Instant::now() < due {
        if is_over(stack, id).await {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_ends_with_right_counts_while_a_worker_dies_every_three_seconds_and_one_sleeps_past_its_lease() {
    let mut stack = stack(3).await;
    let id = stack.trigger("full", "to_geniacs").await;
    wait_until_processed(&stack, id, 0).await;
    stack.workers[0].signal("STOP");

    let mut killed = 0;
    while next_blow(&stack, id).await && killed < 20 {
        // Any of those that are awake, in no order that the system could rely on.
        let awake = stack.workers.len() - 1;
        let victim = 1 + usize::from(uuid::Uuid::new_v4().as_bytes()[0]) % awake;
        stack.workers[victim].kill();
        stack.workers.remove(victim);
        stack.add_worker();
        killed += 1;
        if killed == 2 {
            // Its lease of 4 s ran out long ago; whatever it had at hand is somebody else's.
            stack.workers[0].signal("CONT");
        }
    }

    stack.workers[0].signal("CONT");
    let push = stack.ended(id).await;
    assert!(killed > 0, "the sync was over before a worker died");
    assert_right(&stack, &push).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_in_a_chunk_or_paused_past_its_lease_is_replaced_and_its_late_writes_are_refused() {
    let mut stack = stack(2).await;
    let id = stack.trigger("full", "to_geniacs").await;
    wait_until_processed(&stack, id, 0).await;

    stack.workers[0].signal("STOP");
    stack.workers[1].kill();
    stack.workers.remove(1);
    stack.add_worker();
    eventually("what the sleeper held was taken up", LIMIT, async || {
        let twice = "SELECT count(*) > 0 FROM sync_chunks WHERE kind = 'push' AND fence > 1 AND state = 'done'";
        (stack.database.ask(twice).await == "true").then_some(())
    })
    .await;

    stack.workers[0].signal("CONT");
    let push = stack.ended(id).await;
    assert_right(&stack, &push).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_is_clean_and_a_rolling_restart_under_load_leaves_no_lease_to_expire() {
    let mut stack = stack(2).await;
    let id = stack.trigger("full", "to_geniacs").await;
    wait_until_processed(&stack, id, 0).await;
    for _ in 0..2 {
        stack.add_worker();
        let mut oldest = stack.workers.remove(0);
        assert_eq!(oldest.stop(), Some(0), "{:?}", oldest.log());
    }

    // Nothing is held by anybody but the two that live, so that nothing waits for a lease to run out.
    let holders = "SELECT count(DISTINCT worker) FROM sync_chunks WHERE state = 'open' AND worker IS NOT NULL";
    let held: usize = stack.database.ask(holders).await.parse().expect("a number");
    assert!(held <= 2, "{held} workers hold chunks");

    let push = stack.ended(id).await;
    assert_right(&stack, &push).await;
    assert_eq!(stack.workers.iter_mut().map(Process::stop).collect::<Vec<_>>(), [Some(0), Some(0)]);
}
