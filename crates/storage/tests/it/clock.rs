//! Every statement takes the time from `geniacs_now()`.

use storage::outbox;
use storage::runs::chunks::{self, NamedRecords};
use storage::starts::schedules;
use storage::tables;
use uuid::Uuid;

use crate::stand::Stand;

/// A database with one chunk that nobody may take for an hour.
async fn with_a_later_chunk() -> Stand {
    let stand = Stand::new().await;
    let sync = stand.planned_sync(1).await;
    let later = NamedRecords { record_ids: &[1], delay_seconds: 3_600.0, ..NamedRecords::default() };
    chunks::add_named(&mut *stand.connection().await, sync, &later).await.unwrap();
    stand
}

async fn is_taken(stand: &Stand) -> bool {
    chunks::claim(&mut *stand.connection().await, Uuid::new_v4(), 15.0, chunks::Turn::After(0)).await.unwrap().is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn moving_a_database_s_clock_makes_its_later_chunks_ready_and_no_other_s() {
    let (moved, other) = (with_a_later_chunk().await, with_a_later_chunk().await);
    assert!(!is_taken(&moved).await);
    moved.move_clock("59 minutes").await;
    assert!(!is_taken(&moved).await);
    moved.move_clock("61 minutes").await;
    assert!(is_taken(&moved).await);
    assert!(!is_taken(&other).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delay_counts_from_the_moved_clock() {
    let stand = Stand::new().await;
    stand.move_clock("1 day").await;
    let sync = stand.planned_sync(1).await;
    let mut connection = stand.connection().await;
    let later = NamedRecords { record_ids: &[1], delay_seconds: 3_600.0, ..NamedRecords::default() };
    chunks::add_named(&mut connection, sync, &later).await.unwrap();
    outbox::add_later_work_permit(&mut connection, 3_600.0).await.unwrap();

    assert!(!is_taken(&stand).await);
    assert_eq!(stand.ask("SELECT count(*) FROM outbox WHERE available_at > now() + interval '1 day'").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn schedules_go_by_the_same_clock() {
    let stand = Stand::new().await;
    stand.move_clock("1 day").await;
    let now = schedules::now(&mut *stand.connection().await).await.unwrap();
    assert_eq!(stand.ask(&format!("SELECT '{now}'::timestamptz - now() > interval '23 hours'")).await, "true");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_table_of_ours_takes_the_time_from_elsewhere() {
    let stand = Stand::new().await;
    // The provider's own tables are as the provider's systems have them.
    let strangers = format!(
        "SELECT string_agg(table_name || '.' || column_name, ' ') FROM information_schema.columns
         WHERE table_schema = '{}' AND table_name = ANY ('{{{}}}')
           AND column_default ~* '(now|timestamp)' AND column_default !~ 'geniacs_now' AND column_default !~ 'infinity'",
        tables::OWN_SCHEMA,
        tables::OWN.join(",")
    );
    assert_eq!(stand.ask(&strangers).await, "");
}
