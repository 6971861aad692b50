//! What listeners cost.

use super::{Listener, processed, running};
use crate::stand::Stand;

/// Progress that is waited for in each measurement.
const TOLD: i64 = 16;

/// Transactions of this database while a listener is told of progress so many times.
async fn transactions(stand: &Stand, sync: i64, from: i64, listener: &mut Listener) -> i64 {
    let total =
        "SELECT (xact_commit + xact_rollback) AS count FROM pg_stat_database WHERE datname = current_database()";
    let before = stand.count(total).await;
    for records in from..from + TOLD {
        processed(stand, sync, records).await;
        listener.until("sync", |data| data["progress"]["processed_records"] == records).await;
    }
    stand.count(total).await - before
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_listeners_cost_the_database_no_more_than_one() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let sync = running(&stand, id).await;
    let (mut first, _) = Listener::start(&stand, stand.admin()).await;
    let of_one = transactions(&stand, sync, 1, &mut first).await;

    let mut others = Vec::new();
    for _ in 0..99 {
        others.push(Listener::start(&stand, stand.admin()).await.0);
    }
    // Servers tell their statistics late: those of a hundred beginnings are to be in before it is measured.
    transactions(&stand, sync, 1 + TOLD, &mut first).await;
    let of_a_hundred = transactions(&stand, sync, 1 + 2 * TOLD, &mut first).await;
    for other in &mut others {
        other.until("sync", |data| data["progress"]["processed_records"] == 3 * TOLD).await;
    }

    println!("{of_one} transactions for one listener, {of_a_hundred} for a hundred");
    assert!(of_a_hundred < 2 * of_one, "{of_one} for one, {of_a_hundred} for a hundred");
}
