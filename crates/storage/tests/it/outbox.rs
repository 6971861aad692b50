//! Messages that wait for the broker.

use futures_util::future::join_all;
use std::collections::BTreeSet;
use storage::outbox::{self, Claimed};
use storage::{Connection, PooledConnection};

use crate::stand::{Stand, run};

async fn claim(connection: &mut Connection) -> Vec<Claimed> {
    outbox::claim(connection, 0.0, 100).await.unwrap()
}

async fn with_permits(stand: &Stand, count: usize) -> PooledConnection {
    let mut connection = stand.connection().await;
    for _ in 0..count {
        outbox::add_work_permit(&mut connection).await.unwrap();
    }
    connection
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_relay_claims_another_passes_over() {
    let stand = Stand::new().await;
    let mut one = with_permits(&stand, 3).await;
    let mut two = stand.connection().await;
    run(&mut one, "BEGIN").await;
    assert_eq!(outbox::claim(&mut one, 0.0, 2).await.unwrap().len(), 2);
    assert_eq!(claim(&mut two).await.len(), 1, "two are locked");
    run(&mut one, "COMMIT").await;
    assert!(claim(&mut two).await.is_empty(), "all are claimed");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_relays_send_each_message_once() {
    let stand = Stand::new().await;
    drop(with_permits(&stand, 60).await);
    let sendings = join_all((0..4).map(async |_| {
        let (mut connection, mut sent) = (stand.connection().await, Vec::new());
        loop {
            let claimed = outbox::claim(&mut connection, 0.0, 7).await.unwrap();
            if claimed.is_empty() {
                return sent;
            }
            let keys: Vec<(i64, i32)> = claimed.iter().map(|c| (c.id, c.epoch)).collect();
            assert_eq!(outbox::delete_claimed(&mut connection, &keys).await.unwrap(), keys.len());
            sent.extend(keys.into_iter().map(|key| key.0));
        }
    }));

    let sent = sendings.await.concat();
    // A pass over rows that the others hold may come back empty-handed before the end.
    let left = claim(&mut *stand.connection().await).await;
    assert_eq!(sent.iter().collect::<BTreeSet<_>>().len(), sent.len());
    assert_eq!(sent.len() + left.len(), 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_past_its_claim_deletes_nothing() {
    let stand = Stand::new().await;
    let mut connection = with_permits(&stand, 1).await;
    let late = claim(&mut connection).await.remove(0);
    stand.move_clock("11 seconds").await;
    let current = claim(&mut connection).await.remove(0);
    assert_eq!((current.id, current.epoch), (late.id, late.epoch + 1));
    assert_eq!(outbox::delete_claimed(&mut connection, &[(late.id, late.epoch)]).await.unwrap(), 0);
    assert_eq!(outbox::delete_claimed(&mut connection, &[(current.id, current.epoch)]).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_message_is_not_claimed_before_its_time() {
    let stand = Stand::new().await;
    let mut connection = stand.connection().await;
    outbox::add_later_work_permit(&mut connection, 60.0).await.unwrap();
    assert!(claim(&mut connection).await.is_empty());
    stand.move_clock("61 seconds").await;
    let claimed = claim(&mut connection).await.remove(0);
    assert_eq!((claimed.queue.as_str(), claimed.type_name.as_str()), (outbox::WORK_QUEUE, outbox::WORK_PERMIT));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_message_is_left_to_its_own_writer() {
    let stand = Stand::new().await;
    let mut connection = with_permits(&stand, 1).await;
    assert!(outbox::claim(&mut connection, 30.0, 10).await.unwrap().is_empty());
    stand.move_clock("31 seconds").await;
    assert_eq!(outbox::claim(&mut connection, 30.0, 10).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_deletes_what_it_published_unless_a_relay_has_claimed_it() {
    let stand = Stand::new().await;
    let mut connection = stand.connection().await;
    let published = outbox::add_work_permit(&mut connection).await.unwrap();
    assert_eq!(outbox::delete_published(&mut connection, published).await.unwrap(), 1);
    let claimed = outbox::add_work_permit(&mut connection).await.unwrap();
    claim(&mut connection).await;
    assert_eq!(outbox::delete_published(&mut connection, claimed).await.unwrap(), 0);
}
