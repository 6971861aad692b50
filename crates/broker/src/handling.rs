//! One message's way through a handler, and what becomes of it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use lapin::Acker;
use lapin::options::{BasicAckOptions, BasicNackOptions, BasicRejectOptions};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::consuming::Intake;
use crate::delivery::Received;
use crate::metrics::{Metrics, count_one};
use crate::{ConsumeOptions, Decision, Delivery, Queue, Unreadable, trace};

/// Messages that came back together arrive within this time, and are then put in random order.
const SHUFFLE_MS: std::ops::Range<u64> = 25..125;

/// What [`crate::Broker::consume_all`] takes for a handler, without its two type parameters.
pub(crate) trait Handler: Send + Sync + 'static {
    fn call(&self, read: Result<Delivery, Unreadable>) -> impl Future<Output = Decision> + Send;
}

impl<H, F> Handler for H
where
    H: Fn(Result<Delivery, Unreadable>) -> F + Send + Sync + 'static,
    F: Future<Output = Decision> + Send + 'static,
{
    fn call(&self, read: Result<Delivery, Unreadable>) -> impl Future<Output = Decision> + Send {
        self(read)
    }
}

/// The state that all messages of one consumer share, over all its connections.
pub(crate) struct Handling<H> {
    queue: Queue,
    options: ConsumeOptions,
    ack_timeout: Duration,
    /// As many as handlers may run. A message that came back takes all of them.
    turns: Arc<Semaphore>,
    stop: CancellationToken,
    abandoned: CancellationToken,
    metrics: Metrics,
    handler: H,
}

/// The answer to RabbitMQ.
enum MessageVerdict {
    Ack,
    GiveBack { after: Duration },
    Reject,
}

impl<H: Handler> Intake for Handling<H> {
    fn begin_session(&self) {}

    fn take(self: Arc<Self>, delivery: lapin::message::Delivery, handlers: &TaskTracker) {
        handlers.spawn(self.handle(delivery));
    }

    fn abandon(&self) {
        self.abandoned.cancel();
    }
}

impl<H: Handler> Handling<H> {
    pub(crate) fn new(
        queue: Queue,
        options: ConsumeOptions,
        ack_timeout: Duration,
        stop: CancellationToken,
        metrics: Metrics,
        handler: H,
    ) -> Self {
        let turns = Arc::new(Semaphore::new(usize::from(options.prefetch)));
        Self { queue, options, ack_timeout, turns, stop, abandoned: CancellationToken::new(), metrics, handler }
    }

    /// Handles one message to its end.
    async fn handle(self: Arc<Self>, delivery: lapin::message::Delivery) {
        count_one(&self.metrics.consumed, self.queue);
        let acker = delivery.acker.clone();
        let received = Received::read(delivery);

        let span = tracing::info_span!(
            "process message",
            otel.kind = "consumer",
            messaging.system = "rabbitmq",
            messaging.operation.r#type = "process",
            messaging.destination.name = self.queue.as_str(),
            messaging.message.id = received.message_id,
        );

        trace::continue_trace(&span, &received.headers);

        let verdict = self.decide(received).instrument(span.clone()).await;
        if let Some(verdict) = verdict {
            self.tell(&acker, verdict).instrument(span).await;
        }
    }

    /// `None` leaves the message to return with its channel.
    async fn decide(&self, received: Received) -> Option<MessageVerdict> {
        // A message that came back runs alone. If it kills the process, no other message is lost with it.
        let Received { read, redelivered, delivery_count, .. } = received;
        let Some(_turn) = self.turn(redelivered).await else {
            return Some(MessageVerdict::GiveBack { after: Duration::ZERO });
        };

        let running = self.handler.call(read);
        let decision = tokio::select! {
            decision = AssertUnwindSafe(running).catch_unwind() => decision,
            // The shutdown waits no longer. The unacknowledged message comes back with the end of its channel.
            () = self.abandoned.cancelled() => return None,
        };

        Some(match decision {
            Ok(Decision::Done) => MessageVerdict::Ack,
            Ok(Decision::RetryLater) => self.retry(delivery_count),
            Ok(Decision::DeadLetter { reason }) => self.dead_letter(&reason),
            Err(_) => {
                count_one(&self.metrics.panics, self.queue);
                tracing::error!(queue = self.queue.as_str(), "a handler panicked; its message is tried again");
                self.retry(delivery_count)
            }
        })
    }

    /// The right to run, or `None` when the shutdown comes first.
    async fn turn(&self, alone: bool) -> Option<OwnedSemaphorePermit> {
        let turns = self.turns.clone();

        let waiting = async {
            if alone {
                // Several workers get back what one of them lost. The random pause spreads those messages over
                // time.
                sleep(Duration::from_millis(rand::random_range(SHUFFLE_MS))).await;
                turns.acquire_many_owned(u32::from(self.options.prefetch)).await
            } else {
                turns.acquire_owned().await
            }
        };

        tokio::select! {
            // The shutdown wins over a free turn.
            biased;
            () = self.stop.cancelled() => None,
            turn = waiting => turn.ok(),
        }
    }

    fn retry(&self, delivery_count: u32) -> MessageVerdict {
        let doubled = self.options.retry_delay.saturating_mul(1 << delivery_count.min(16));
        count_one(&self.metrics.retried, self.queue);
        MessageVerdict::GiveBack { after: doubled.min(self.options.retry_delay_max) }
    }

    fn dead_letter(&self, reason: &str) -> MessageVerdict {
        count_one(&self.metrics.dead_lettered, self.queue);
        tracing::error!(queue = self.queue.as_str(), reason, "a message is dead-lettered");
        MessageVerdict::Reject
    }

    /// On the channel of the delivery, which may be gone: then the message comes again.
    async fn tell(&self, acker: &Acker, verdict: MessageVerdict) {
        let told = match verdict {
            MessageVerdict::Ack => timeout(self.ack_timeout, acker.ack(BasicAckOptions::default())).await,
            MessageVerdict::Reject => {
                timeout(self.ack_timeout, acker.reject(BasicRejectOptions { requeue: false })).await
            }
            MessageVerdict::GiveBack { after } => {
                tokio::select! {
                    () = self.stop.cancelled() => {}
                    () = sleep(after) => {}
                }
                let options = BasicNackOptions { requeue: true, multiple: false };
                timeout(self.ack_timeout, acker.nack(options)).await
            }
        };
        match (told, &verdict) {
            (Ok(Ok(true)), MessageVerdict::Ack) => count_one(&self.metrics.acked, self.queue),
            (Ok(Ok(true)), _) => {}
            (Ok(Ok(false)), _) => tracing::info!("the message's channel is gone; the message will come again"),
            (Ok(Err(error)), _) => tracing::info!(%error, "the message was not acknowledged and will come again"),
            (Err(_), _) => tracing::warn!("the message was not acknowledged in time and may come again"),
        }
    }
}
