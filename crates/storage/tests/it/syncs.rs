//! Accepting a sync.

use chrono::{DateTime, TimeDelta};
use domain::EntityType;
use domain::sync::{IfRunning, Lane};
use futures_util::future::join_all;
use storage::runs::syncs::{Accepted, NewSync, Refused};

use crate::stand::{Stand, accepted, plain, request};

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_sync_runs_with_a_plan_to_make_and_a_permit_to_send() {
    let stand = Stand::new().await;
    let Ok(Accepted::New(sync, Some(permit))) = stand.accept(&plain(&request(1))).await else { panic!("it starts") };
    assert_eq!((sync.status.as_str(), sync.started_at.is_some()), ("processing", true));
    assert_eq!(stand.ask("SELECT string_agg(id::text, ' ') FROM outbox").await, permit.0.to_string());
    let chunks = format!("SELECT string_agg(kind || ' ' || state, ', ') FROM sync_chunks WHERE sync_id = {}", sync.id);
    assert_eq!(stand.ask(&chunks).await, "plan open");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sync_runs_per_integration_and_entity() {
    let stand = Stand::new().await;
    stand.integration(2).await;
    stand.sync().await;
    let Ok(Accepted::New(second, None)) = stand.accept(&plain(&request(1))).await else { panic!("it waits") };
    assert_eq!((second.status.as_str(), second.started_at), ("pending", None));

    let mut payments = request(1);
    payments.entity_type = EntityType::Payments;
    for free in [payments, request(2)] {
        let Ok(Accepted::New(sync, Some(_))) = stand.accept(&plain(&free)).await else { panic!("it starts") };
        assert_eq!(sync.status, "processing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_ten_syncs_at_once_exactly_one_runs() {
    let stand = Stand::new().await;
    let request = request(1);

    let answers = join_all((0..10).map(async |_| stand.accept(&plain(&request)).await)).await;
    assert!(answers.iter().all(|answer| accepted(answer) > 0));

    let statuses = "SELECT string_agg(n, ', ' ORDER BY n) FROM (
        SELECT count(*) || ' ' || status AS n FROM geniacs_data_sync GROUP BY status) s";
    assert_eq!(stand.ask(statuses).await, "1 processing, 9 pending");
    assert_eq!(stand.ask("SELECT count(*) FROM sync_chunks").await, "1");
    assert_eq!(stand.ask("SELECT count(*) FROM outbox").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_with_the_same_key_answers_with_the_first_sync() {
    let stand = Stand::new().await;
    stand.integration(2).await;
    let (one, two) = (request(1), request(2));
    let with_key = |request| NewSync { idempotency_key: Some("key"), ..plain(request) };

    let first = accepted(&stand.accept(&with_key(&one)).await);
    let Ok(Accepted::Repeated(again)) = stand.accept(&with_key(&one)).await else { panic!("it is a repeat") };
    assert_eq!(again.id, first);

    assert_eq!(stand.ask("SELECT count(*) FROM geniacs_data_sync").await, "1");
    assert_ne!(accepted(&stand.accept(&with_key(&two)).await), first, "another integration's keys are its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_ten_repeats_at_once_one_makes_the_sync() {
    let stand = Stand::new().await;
    let request = request(1);
    let new = || NewSync { idempotency_key: Some("key"), ..plain(&request) };
    let answers = join_all((0..10).map(async |_| stand.accept(&new()).await)).await;
    let repeats = answers.iter().filter(|a| matches!(a, Ok(Accepted::Repeated(_)))).count();
    assert_eq!((repeats, answers.len()), (9, 10), "{answers:?}");
    assert_eq!(stand.ask("SELECT count(*) FROM geniacs_data_sync").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_does_not_want_to_wait_is_told_what_runs() {
    let stand = Stand::new().await;
    let mut impatient = request(1);
    impatient.options.if_running = IfRunning::Reject;
    let first = accepted(&stand.accept(&plain(&impatient)).await);
    stand.sync().await;
    let refused = stand.accept(&plain(&impatient)).await;
    assert!(matches!(refused, Err(Refused::Busy(id)) if id == first), "{refused:?}");
    assert_eq!(stand.ask("SELECT count(*) FROM geniacs_data_sync").await, "2", "a refused one leaves nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_makes_one_sync() {
    let stand = Stand::new().await;
    stand
        .execute(
            "INSERT INTO geniacs_sync_schedules (id, integration_id, name, entity_type, sync_type, cron_expression,
                 next_run_at, time_zone)
             VALUES (5, 1, 'hourly', 'customers', 'incremental', '0 * * * *', now(), 'UTC')",
        )
        .await;

    let request = request(1);
    let at = |seconds| NewSync {
        schedule_id: Some(5),
        tick: Some(DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)),
        lane: Lane::Scheduled,
        ..plain(&request)
    };

    let answers = join_all((0..5).map(async |_| stand.accept(&at(0)).await)).await;
    let taken = answers.iter().filter(|a| matches!(a, Err(Refused::TickTaken))).count();
    assert_eq!((taken, answers.len()), (4, 5), "{answers:?}");

    accepted(&stand.accept(&at(3_600)).await);
    assert_eq!(stand.ask("SELECT count(*) FROM geniacs_data_sync WHERE lane = 1").await, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_integration_is_as_good_as_gone() {
    let stand = Stand::new().await;
    stand.execute("UPDATE geniacs_integrations SET archived_at = now()").await;
    for id in [1, 404] {
        let refused = stand.accept(&plain(&request(id))).await;
        assert!(matches!(refused, Err(Refused::NoIntegration)), "{refused:?}");
    }
    assert_eq!(stand.ask("SELECT count(*) FROM geniacs_data_sync").await, "0");
}
