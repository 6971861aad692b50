//! The outbox relay: sends what a transaction decided to send and its writer did not get to send itself.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use storage::outbox::{self, Claimed};
use storage::{Pool, pool};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{Broker, Queue, RawMessage};

/// Younger messages are still being sent by whoever wrote them.
const MIN_AGE_SECONDS: f64 = 0.5;
const PAUSE: Duration = Duration::from_millis(500);
/// After a failure; a claimed message is free again 10 s after its claim.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Messages per claim.
const BATCH: i64 = 256;

/// Why a round of the relay ended early.
#[derive(Debug, thiserror::Error)]
enum RelayError {
    #[error("{0}")]
    Pool(#[from] storage::PoolError),
    #[error("the outbox could not be read or cleared: {0}")]
    Statement(#[from] storage::Error),
}

/// Sends the outbox's messages that are due and older than half a second, until the shutdown. Any number of relays share
/// the work. While the broker is away nothing is claimed; a message that could not be sent is claimed again when its
/// claim has run out. Nothing is published inside a transaction, and no order is promised.
pub async fn relay_outbox(pool: Pool, broker: Broker, shutdown: CancellationToken) {
    while !shutdown.is_cancelled() {
        let pause = match send_batch(&pool, &broker).await {
            // A full batch means that more is waiting.
            Ok(BATCH) => continue,
            Ok(_) => PAUSE,
            Err(error) => {
                tracing::warn!(%error, "the outbox relay could not work; it tries again");
                PAUSE_AFTER_FAILURE
            }
        };

        let rested = async {
            sleep(pause).await;
            // Without the broker there is nothing to do, so the pause lasts until it is back.
            broker.connected().await;
        };
        shutdown.run_until_cancelled(rested).await;
    }
}

/// Sends one batch and returns its size; 0 while the broker is away, or where a message was not taken.
async fn send_batch(pool: &Pool, broker: &Broker) -> Result<i64, RelayError> {
    // A claim would only keep the messages from other relays.
    if !broker.is_connected() {
        return Ok(0);
    }

    let claimed = outbox::claim(&mut *pool::get(pool).await?, MIN_AGE_SECONDS, BATCH).await?;
    if claimed.is_empty() {
        return Ok(0);
    }

    let size = i64::try_from(claimed.len()).unwrap_or(BATCH);

    let sent = publish_claimed(broker, claimed).await;
    if !sent.is_empty() {
        outbox::delete_claimed(&mut *pool::get(pool).await?, &sent).await?;
    }
    // A refused message is claimed again later. Going on at once would only claim the rest in vain.
    Ok(if i64::try_from(sent.len()) == Ok(size) { size } else { 0 })
}

/// Publishes what can be published, and returns the ids and epochs of what the broker has confirmed.
async fn publish_claimed(broker: &Broker, claimed: Vec<Claimed>) -> Vec<(i64, i32)> {
    let (mut keys, mut messages) = (Vec::with_capacity(claimed.len()), Vec::with_capacity(claimed.len()));

    for row in claimed {
        // A newer version of the program may know this queue, so the message is kept for it.
        let Some(queue) = Queue::from_name(&row.queue) else {
            tracing::error!(
                outbox_id = row.id,
                queue = row.queue,
                "a message in the outbox names an unknown queue; it stays"
            );
            continue;
        };
        keys.push((row.id, row.epoch));
        messages.push((
            queue,
            RawMessage { headers: read_headers(&row.headers), type_name: row.type_name, payload: row.payload },
        ));
    }

    let outcomes = broker.publish_raw_all(messages).await;
    let failure = outcomes.iter().find_map(|outcome| outcome.as_ref().err());
    if let Some(error) = failure {
        tracing::warn!(%error, "messages of the outbox were not sent; they are tried again");
    }
    keys.into_iter().zip(outcomes).filter_map(|(key, outcome)| outcome.ok().map(|()| key)).collect()
}

/// They only trace a message: where they cannot be read, it goes without them.
fn read_headers(stored: &str) -> BTreeMap<String, String> {
    let read: serde_json::Map<String, Value> = serde_json::from_str(stored).unwrap_or_default();
    read.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect()
}
