//! Waking a worker right after a commit. Permits that are not published here are sent by the outbox relay.

use crate::state::State;
use broker::{Broker, BrokerState, Queue};
use futures_util::FutureExt as _;
use messages::Message;
use messages::v1::WakeReason;
use service::metrics;
use storage::outbox::{self, OutboxId};
use tracing::Instrument as _;

/// Publishes the permit of a committed outbox row and deletes the row, without keeping the caller waiting.
pub(crate) fn wake_worker(state: &State, id: Option<OutboxId>) {
    // While the broker is away, the relay of the outbox keeps the permit.
    let Some(id) = id.filter(|_| state.broker.is_connected()) else { return };
    let (broker, database) = (state.broker.clone(), state.database.clone());

    let publish = async move {
        let sent = broker.publish(Queue::Work, &Message::work(WakeReason::Triggered)).await;
        if let Err(error) = sent {
            tracing::info!(%error, "a permit is left to the outbox relay");
            return;
        }

        // Deleted only now: a permit that was not published stays for the relay.
        let deleted = database.run(move |c| async move { Ok(outbox::delete_published(c, id).await?) }.boxed()).await;
        if let Err(error) = deleted {
            tracing::info!(%error, "a published permit stays in the outbox and will be sent twice");
        }
    };

    state.database.runtime().spawn(publish.in_current_span());
}

/// Publishes a permit for webhook events, without keeping the caller waiting. If it is lost, the scheduler notices the events
/// within seconds.
pub(crate) fn wake_webhook_workers(state: &State) {
    if !state.broker.is_connected() {
        return;
    }
    let broker = state.broker.clone();

    let publish = async move {
        if let Err(error) = broker.publish(Queue::Webhooks, &Message::webhooks(WakeReason::Triggered)).await {
            tracing::info!(%error, "a permit for webhook events is left to the scheduler");
        }
    };

    state.database.runtime().spawn(publish.in_current_span());
}

/// Shows in the metrics whether the broker is there. The gateway is ready without it: syncs wait in the outbox.
pub(crate) fn watch_broker(broker: &Broker) {
    let connected = metrics::gauge("broker.connected", "1 while RabbitMQ takes messages, else 0.");
    let mut state = broker.state();
    tokio::spawn(async move {
        loop {
            let now = *state.borrow_and_update();
            connected.record(if now == BrokerState::Connected { 1.0 } else { 0.0 }, &[]);
            if now == BrokerState::Stopped || state.changed().await.is_err() {
                return;
            }
        }
    });
}
