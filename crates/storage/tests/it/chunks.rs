//! Chunks under leases.

use domain::Counts;
use futures_util::future::join_all;
use std::collections::BTreeSet;
use storage::partners::limits;
use storage::runs::chunks::{self, Chunk, NamedRecords, Release, Stretch, Turn};
use storage::runs::record_errors::{self, NewRecordError};
use storage::runs::syncs;
use storage::{Connection, DatabaseErrorKind, Error};
use uuid::Uuid;

use crate::stand::{Stand, run};

async fn claim(connection: &mut Connection) -> Option<Chunk> {
    chunks::claim(connection, Uuid::new_v4(), 15.0, Turn::After(0)).await.unwrap()
}

/// A running sync with so many chunks to push, and their ids.
async fn with_chunks(stand: &Stand, count: i64) -> (i64, Vec<i64>) {
    let sync = stand.planned_sync(1).await;
    let stretches: Vec<Stretch> = (0..count).map(|n| Stretch { after: (0, n), upto: (0, n + 1) }).collect();
    chunks::add_stretches(&mut *stand.connection().await, sync, &stretches).await.unwrap();
    let ids =
        stand.ask("SELECT string_agg(id::text, ' ' ORDER BY after_id) FROM sync_chunks WHERE kind = 'push'").await;
    (sync, ids.split_whitespace().map(|id| id.parse().unwrap()).collect())
}

/// Counts of so many new records, of which some failed.
fn counts(created: i64, failed: i64) -> Counts {
    Counts { read: created + failed, created, failed, ..Counts::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_is_passed_over_while_another_worker_takes_it() {
    let stand = Stand::new().await;
    let (_, ids) = with_chunks(&stand, 2).await;
    let (mut one, mut two) = (stand.connection().await, stand.connection().await);

    run(&mut one, "BEGIN").await;
    assert_eq!(claim(&mut one).await.map(|c| c.id), Some(ids[0]));
    assert_eq!(claim(&mut two).await.map(|c| c.id), Some(ids[1]), "the first one is locked");
    assert!(claim(&mut two).await.is_none());
    run(&mut one, "COMMIT").await;
    assert!(claim(&mut two).await.is_none(), "the first one is under a lease");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_workers_take_each_chunk_once() {
    let stand = Stand::new().await;
    let (_, ids) = with_chunks(&stand, 40).await;
    let takings = join_all((0..4).map(async |_| {
        let (mut connection, mut taken) = (stand.connection().await, Vec::new());
        while let Some(chunk) = claim(&mut connection).await {
            taken.push(chunk.id);
        }
        taken
    }));

    let taken = takings.await.concat();
    assert_eq!(taken.len(), ids.len());
    assert_eq!(BTreeSet::from_iter(taken), BTreeSet::from_iter(ids));
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_are_taken_by_lane_and_then_by_how_long_they_have_waited() {
    let stand = Stand::new().await;
    let (_, ids) = with_chunks(&stand, 4).await;
    let place = [(2, 50), (0, 10), (1, 40), (0, 20)];
    for (id, (lane, waited)) in ids.iter().zip(place) {
        let at = format!("available_at = now() - interval '{waited} seconds'");
        stand.execute(&format!("UPDATE sync_chunks SET lane = {lane}, {at} WHERE id = {id}")).await;
    }

    let mut connection = stand.connection().await;
    let mut order = Vec::new();
    while let Some(chunk) = claim(&mut connection).await {
        order.push(chunk.id);
    }

    assert_eq!(order, [ids[3], ids[1], ids[2], ids[0]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_integration_s_chunks_wait_and_the_others_go_on() {
    let stand = Stand::new().await;
    stand.integration(2).await;
    let mut connection = stand.connection().await;
    for integration in [1, 2] {
        let sync = stand.planned_sync(integration).await;
        chunks::add_pull(&mut connection, sync).await.unwrap();
    }

    limits::pause(&mut connection, 1, 600.0, "the partner asked for it").await.unwrap();
    limits::pause(&mut connection, 1, 5.0, "a shorter pause").await.unwrap();
    let taken = claim(&mut connection).await.unwrap();
    assert_eq!((taken.integration_id, taken.kind.as_str()), (2, "pull"));

    stand.move_clock("6 seconds").await;
    assert!(claim(&mut connection).await.is_none(), "the longer pause stays");
    assert_eq!(chunks::overdue(&mut connection, 1.0, 10).await.unwrap(), 0, "nobody is to be woken for it");
    stand.move_clock("601 seconds").await;
    assert!(chunks::overdue(&mut connection, 1.0, 10).await.unwrap() > 0);
    assert_eq!(stand.ask("SELECT pause_reason FROM integration_limits").await, "the partner asked for it");

    let mut integrations = [claim(&mut connection).await.unwrap(), claim(&mut connection).await.unwrap()]
        .map(|chunk| chunk.integration_id);
    integrations.sort_unstable();
    assert_eq!(integrations, [1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_past_its_lease_changes_nothing_any_more() {
    let stand = Stand::new().await;
    with_chunks(&stand, 1).await;
    let mut connection = stand.connection().await;
    let late = claim(&mut connection).await.unwrap();
    assert!(!late.unconfirmed);

    stand.move_clock("16 seconds").await;
    let current = claim(&mut connection).await.unwrap();
    assert_eq!((current.id, current.fence), (late.id, late.fence + 1));
    assert!(current.unconfirmed, "nobody knows what the late worker's last request did");

    let before = stand.ask("SELECT c FROM sync_chunks c WHERE kind = 'push'").await;
    let give_back = Release { counts_as_attempt: true, unconfirmed: true, ..Release::default() };
    assert!(!chunks::renew(&mut connection, &late, 15.0).await.unwrap());
    assert!(!chunks::count(&mut connection, &late, &counts(5, 0), true).await.unwrap());
    assert!(!chunks::release(&mut connection, &late, &give_back).await.unwrap());
    assert_eq!(stand.ask("SELECT c FROM sync_chunks c WHERE kind = 'push'").await, before);

    assert!(chunks::renew(&mut connection, &current, 15.0).await.unwrap());
    assert!(chunks::count(&mut connection, &current, &counts(5, 0), true).await.unwrap());
    assert!(!chunks::renew(&mut connection, &current, 15.0).await.unwrap(), "it is done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_lease_is_not_taken_over() {
    let stand = Stand::new().await;
    with_chunks(&stand, 1).await;
    let mut connection = stand.connection().await;
    let chunk = claim(&mut connection).await.unwrap();
    stand.move_clock("10 seconds").await;
    assert!(chunks::renew(&mut connection, &chunk, 15.0).await.unwrap());
    stand.move_clock("18 seconds").await;
    assert!(claim(&mut connection).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_given_back_is_taken_after_its_delay_and_nothing_in_it_is_in_doubt() {
    let stand = Stand::new().await;
    with_chunks(&stand, 1).await;
    let mut connection = stand.connection().await;
    let first = claim(&mut connection).await.unwrap();
    let how =
        Release { delay_seconds: 30.0, counts_as_attempt: true, error: Some(("http", "503")), ..Release::default() };
    assert!(chunks::release(&mut connection, &first, &how).await.unwrap());
    assert!(claim(&mut connection).await.is_none());

    stand.move_clock("31 seconds").await;
    let again = claim(&mut connection).await.unwrap();
    assert_eq!((again.id, again.attempt, again.unconfirmed), (first.id, 1, false));

    let doubtful = Release { unconfirmed: true, ..Release::default() };
    assert!(chunks::release(&mut connection, &again, &doubtful).await.unwrap());
    let last = claim(&mut connection).await.unwrap();
    assert_eq!((last.attempt, last.unconfirmed), (1, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_adds_up_and_forgets_failed_attempts() {
    let stand = Stand::new().await;
    let (sync, _) = with_chunks(&stand, 1).await;
    let mut connection = stand.connection().await;
    stand.execute("UPDATE sync_chunks SET attempt = 2 WHERE kind = 'push'").await;
    let chunk = claim(&mut connection).await.unwrap();

    assert!(chunks::count(&mut connection, &chunk, &counts(3, 1), false).await.unwrap());
    assert_eq!(stand.ask("SELECT attempt FROM sync_chunks WHERE kind = 'push'").await, "0");

    assert!(chunks::count(&mut connection, &chunk, &counts(2, 0), true).await.unwrap());
    assert_eq!(syncs::totals(&mut connection, sync).await.unwrap().counts, counts(5, 1));
    assert!(claim(&mut connection).await.is_none(), "it is done");
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_that_do_not_add_up_are_refused_by_the_database() {
    let stand = Stand::new().await;
    let (sync, _) = with_chunks(&stand, 1).await;
    let mut connection = stand.connection().await;

    let chunk = claim(&mut connection).await.unwrap();
    let wrong = Counts { read: 2, created: 1, ..Counts::default() };
    let refused = chunks::count(&mut connection, &chunk, &wrong, true).await;
    assert!(matches!(refused, Err(Error::DatabaseError(DatabaseErrorKind::CheckViolation, _))), "{refused:?}");

    assert_eq!(syncs::totals(&mut connection, sync).await.unwrap().counts, Counts::default());
    assert!(chunks::renew(&mut connection, &chunk, 15.0).await.unwrap(), "it is still open");
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_worth_another_try_are_taken_out_of_the_counts_once() {
    let stand = Stand::new().await;
    let (sync, ids) = with_chunks(&stand, 2).await;
    let mut connection = stand.connection().await;
    for (id, failures) in [(ids[0], vec![(9, true), (4, false)]), (ids[1], vec![(3, true), (8, true)])] {
        let chunk = claim(&mut connection).await.unwrap();
        assert_eq!(chunk.id, id);
        let errors: Vec<NewRecordError> = failures.iter().map(|(id, retryable)| failure(*id, *retryable)).collect();
        record_errors::add(&mut connection, sync, chunk.id, &errors).await.unwrap();
        assert!(chunks::count(&mut connection, &chunk, &counts(7, 2), true).await.unwrap());
    }

    assert_eq!(syncs::totals(&mut connection, sync).await.unwrap().retryable, 3);
    assert_eq!(chunks::take_retryable(&mut connection, sync).await.unwrap(), [3, 8, 9]);
    let after = syncs::totals(&mut connection, sync).await.unwrap();
    assert_eq!((after.counts, after.retryable), (counts(14, 1), 0));
    assert_eq!(stand.ask("SELECT string_agg(record_id::text, ' ') FROM sync_record_errors").await, "4");
    assert!(chunks::take_retryable(&mut connection, sync).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_that_are_taken_up_again_stay_counted_until_something_else_becomes_of_them() {
    let stand = Stand::new().await;
    let (sync, _) = with_chunks(&stand, 1).await;
    let mut connection = stand.connection().await;
    let chunk = claim(&mut connection).await.unwrap();
    let errors: Vec<NewRecordError> = [3, 8, 9].map(|id| failure(id, true)).to_vec();
    record_errors::add(&mut connection, sync, chunk.id, &errors).await.unwrap();
    assert!(chunks::count(&mut connection, &chunk, &counts(7, 3), true).await.unwrap());

    let record_ids = chunks::take_retryable(&mut connection, sync).await.unwrap();
    let again = NamedRecords { record_ids: &record_ids, failed_before: true, ..NamedRecords::default() };
    chunks::add_named(&mut connection, sync, &again).await.unwrap();
    assert_eq!(syncs::totals(&mut connection, sync).await.unwrap().counts, counts(7, 3));

    let chunk = claim(&mut connection).await.unwrap();
    assert!(chunks::count(&mut connection, &chunk, &counts(1, 0), true).await.unwrap());
    let left = NamedRecords { record_ids: &[8, 9], left_of: Some(chunk.id), ..NamedRecords::default() };
    chunks::add_named(&mut connection, sync, &left).await.unwrap();
    let totals = syncs::totals(&mut connection, sync).await.unwrap();
    assert_eq!((totals.counts.read, totals.counts.failed), (10, 2));

    let chunk = claim(&mut connection).await.unwrap();
    assert!(chunks::count(&mut connection, &chunk, &counts(2, 0), true).await.unwrap());
    let totals = syncs::totals(&mut connection, sync).await.unwrap();
    assert_eq!((totals.counts.read, totals.counts.failed), (10, 0));
}

fn failure(record_id: i64, retryable: bool) -> NewRecordError {
    NewRecordError {
        record_id: Some(record_id),
        geniacs_id: None,
        error_type: "unavailable".to_owned(),
        field: None,
        message: "the partner answered 503".to_owned(),
        retryable,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn named_records_keep_their_attempts_and_doubts() {
    let stand = Stand::new().await;
    let sync = stand.planned_sync(1).await;
    let mut connection = stand.connection().await;
    let named = NamedRecords { record_ids: &[5, 2], attempt: 2, unconfirmed: true, ..NamedRecords::default() };
    chunks::add_named(&mut connection, sync, &named).await.unwrap();
    let chunk = claim(&mut connection).await.unwrap();
    assert_eq!((chunk.record_ids, chunk.attempt, chunk.unconfirmed), (Some(vec![5, 2]), 2, true));
}
