//! Whose chunk is taken next.

use futures_util::future::join_all;
use std::collections::HashMap;
use storage::partners::limits::{self, Rule};
use storage::runs::chunks::{self, Chunk, Turn};
use storage::{Connection, PooledConnection};
use uuid::Uuid;

use crate::stand::Stand;

/// A worker that takes turns as the real one does.
struct Worker {
    connection: PooledConnection,
    served_last: i64,
    claims: u64,
}

impl Worker {
    async fn new(stand: &Stand) -> Self {
        Self { connection: stand.connection().await, served_last: 0, claims: 0 }
    }

    async fn claim(&mut self) -> Option<Chunk> {
        self.claims += 1;
        let oldest = self.claims.is_multiple_of(10);
        let turn = if oldest { Turn::Oldest } else { Turn::After(self.served_last) };
        let chunk = chunks::claim(&mut self.connection, Uuid::new_v4(), 15.0, turn).await.unwrap()?;
        self.served_last = chunk.integration_id;
        Some(chunk)
    }

    /// The integrations of the next claims, in order.
    async fn served(&mut self, claims: usize) -> Vec<i64> {
        let mut served = Vec::new();
        for _ in 0..claims {
            served.extend(self.claim().await.map(|chunk| chunk.integration_id));
        }
        served
    }
}

/// A running sync of the integration, made if need be, with so many chunks in a lane.
async fn work(stand: &Stand, integration: i64, lane: i16, chunks: i64) {
    stand
        .execute(&format!(
            "INSERT INTO geniacs_integrations (id, name, endpoint_url, api_key_encrypted, api_secret_encrypted)
             VALUES ({integration}, 'partner {integration}', 'https://partner.example/v1', 'sealed', 'sealed')
             ON CONFLICT DO NOTHING;
             WITH sync AS (
                 INSERT INTO geniacs_data_sync (integration_id, sync_type, entity_type, sync_direction, data, lane)
                 VALUES ({integration}, 'full', 'customers', 'to_geniacs', '{{}}', {lane}) RETURNING id)
             INSERT INTO sync_chunks (sync_id, integration_id, kind, lane, available_at)
             SELECT sync.id, {integration}, 'push', {lane}, geniacs_now() - interval '1 minute'
             FROM sync, generate_series(1, {chunks})"
        ))
        .await;
}

async fn claim(connection: &mut Connection) -> Option<Chunk> {
    chunks::claim(connection, Uuid::new_v4(), 15.0, Turn::After(0)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_of_100_000_chunks_leaves_the_others_their_turns() {
    let stand = Stand::new().await;
    work(&stand, 1, 1, 100_000).await;
    for small in [2, 3, 4] {
        work(&stand, small, 1, 3).await;
    }

    let mut worker = Worker::new(&stand).await;
    let served = worker.served(13).await;
    let times = |integration| served.iter().filter(|served| **served == integration).count();
    assert_eq!([times(2), times(3), times(4)], [3, 3, 3], "{served:?}");
    assert_eq!(served[..4], [1, 2, 3, 4], "one after the other");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_workers_share_many_integrations_without_waiting_for_one_another() {
    let stand = Stand::new().await;
    work(&stand, 1, 1, 500).await;
    for small in 2..=20 {
        work(&stand, small, 1, 2).await;
    }

    let taken = join_all((0..4).map(async |_| Worker::new(&stand).await.served(30).await)).await.concat();
    let mut times: HashMap<i64, usize> = HashMap::new();
    for integration in taken {
        *times.entry(integration).or_default() += 1;
    }
    assert_eq!(times.values().sum::<usize>(), 120);
    assert!((2..=20).all(|small| times.get(&small) == Some(&2)), "{times:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lanes_go_before_turns_and_every_tenth_claim_takes_what_has_waited_the_longest() {
    let stand = Stand::new().await;
    work(&stand, 1, 2, 30).await;
    work(&stand, 2, 0, 30).await;
    work(&stand, 3, 1, 30).await;
    stand.execute("UPDATE sync_chunks SET available_at = now() - interval '1 hour' WHERE integration_id = 1").await;

    let mut worker = Worker::new(&stand).await;
    let served = worker.served(34).await;
    assert_eq!(served.iter().filter(|served| **served == 2).count(), 30);
    assert_eq!([served[9], served[19], served[29]], [1, 1, 1], "the oldest of all");
    assert_eq!(served[33], 3, "then the next lane");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_a_lease_or_put_off_is_nobody_s_turn() {
    let stand = Stand::new().await;
    work(&stand, 1, 0, 1).await;
    work(&stand, 2, 0, 1).await;
    stand.execute("UPDATE sync_chunks SET available_at = now() + interval '1 hour' WHERE integration_id = 1").await;
    let mut worker = Worker::new(&stand).await;
    assert_eq!(worker.served(3).await, [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_worker_at_a_time_probes_a_partner_whose_breaker_is_open_and_the_others_see_nothing() {
    let stand = Stand::new().await;
    work(&stand, 1, 0, 5).await;
    work(&stand, 2, 1, 5).await;
    let (mut one, mut two) = (stand.connection().await, stand.connection().await);
    let rule = Rule { failures: 1, wait_seconds: 10.0, longest_wait_seconds: 10.0 };
    limits::failed(&mut one, 1, &rule, false, 1.0).await.unwrap();
    assert_eq!(claim(&mut one).await.map(|chunk| chunk.integration_id), Some(2), "it is open");

    stand.move_clock("11 seconds").await;
    let oldest = chunks::claim(&mut one, Uuid::new_v4(), 15.0, Turn::Oldest).await.unwrap().unwrap();
    assert_eq!((oldest.integration_id, oldest.probing), (2, false), "no probe by chance");

    crate::stand::run(&mut one, "BEGIN").await;
    let probe = claim(&mut one).await.unwrap();
    assert_eq!((probe.integration_id, probe.probing, probe.failing), (1, true, true));
    let meanwhile = claim(&mut two).await.unwrap();
    assert_eq!((meanwhile.integration_id, meanwhile.probing), (2, false), "without waiting");
    crate::stand::run(&mut one, "COMMIT").await;
    assert_eq!(claim(&mut two).await.unwrap().integration_id, 2);

    limits::probe_was_not_used(&mut one, 1).await.unwrap();
    assert!(claim(&mut two).await.unwrap().probing, "what was not used is left to others");
    stand.move_clock("55 seconds").await;
    assert!(claim(&mut two).await.unwrap().probing, "a probe that nobody hears of again is made again");

    limits::succeeded(&mut one, 1).await.unwrap();
    let after = claim(&mut two).await.unwrap();
    assert_eq!((after.integration_id, after.probing, after.failing), (1, false, false));
}
