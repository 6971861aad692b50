//! The numbers of ended syncs.

use domain::{Counts, SyncStatus};
use storage::console::stats::{self, SyncTotals};
use storage::runs::syncs;

use crate::stand::Stand;
use crate::syncs_in_line::ending;

async fn totals(stand: &Stand, id: i64) -> (i64, i64, i64, i64) {
    let all: Vec<SyncTotals> = stats::totals(&mut *stand.connection().await, &[1, 2]).await.unwrap();
    assert_eq!(all.len(), 2, "one without a sync is among them");
    let of = all.iter().find(|t| t.integration_id == id).unwrap();
    (of.total_syncs, of.successful_syncs, of.failed_syncs, of.pending_syncs)
}

#[tokio::test(flavor = "multi_thread")]
async fn five_of_seven_syncs_succeeded() {
    let stand = Stand::new().await;
    stand.integration(2).await;
    let mut connection = stand.connection().await;
    for (n, status) in [(5, SyncStatus::Success), (1, SyncStatus::Failed), (1, SyncStatus::Partial)] {
        for _ in 0..n {
            let id = stand.planned_sync(1).await;
            assert!(syncs::finish(&mut connection, id, &ending(status), &Counts::default()).await.unwrap());
        }
    }
    assert_eq!(totals(&stand, 1).await, (7, 5, 1, 0));

    stand.sync().await;
    stand.sync().await;
    assert_eq!(totals(&stand, 1).await, (9, 5, 1, 2), "one runs and one waits");
    assert_eq!(totals(&stand, 2).await, (0, 0, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn syncs_are_counted_on_the_day_they_end() {
    let stand = Stand::new().await;
    let mut connection = stand.connection().await;
    for day in ["0 days", "1 day"] {
        stand.move_clock(day).await;
        let id = stand.planned_sync(1).await;
        let counts = Counts { read: 4, updated: 4, ..Counts::default() };
        assert!(syncs::finish(&mut connection, id, &ending(SyncStatus::Success), &counts).await.unwrap());
    }

    let days = "SELECT string_agg(total || ' of ' || records, ', ') FROM sync_stats_daily";
    assert_eq!(stand.ask(days).await, "1 of 4, 1 of 4");
    assert_eq!(stand.ask("SELECT max(day) - min(day) FROM sync_stats_daily").await, "1");
}
