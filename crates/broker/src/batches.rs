//! Messages handled in batches: one call of the handler and one acknowledgement for many of them.

use std::collections::{BTreeMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use lapin::Acker;
use lapin::options::{BasicAckOptions, BasicNackOptions, BasicRejectOptions};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::consuming::Intake;
use crate::delivery::Received;
use crate::metrics::{Metrics, count_one};
use crate::{ConsumeOptions, Decision, Delivery, Queue, Unreadable, trace};

/// The messages that the handler asks to try again are tried again after this time, which doubles.
const FIRST_RETRY: Duration = Duration::from_millis(250);
/// Whatever they wait for is back at work at once when it is back.
const LONGEST_RETRY: Duration = Duration::from_secs(2);

/// Messages for one call of a handler; shared, since they may be tried again.
pub type Batch = Vec<Arc<Result<Delivery, Unreadable>>>;

/// What [`crate::Broker::consume_batches`] takes for a handler: a decision for each message, in the order given.
pub(crate) trait BatchHandler: Send + Sync + 'static {
    fn call(&self, batch: Batch) -> impl Future<Output = Vec<Decision>> + Send;
}

impl<H, F> BatchHandler for H
where
    H: Fn(Batch) -> F + Send + Sync + 'static,
    F: Future<Output = Vec<Decision>> + Send + 'static,
{
    fn call(&self, batch: Batch) -> impl Future<Output = Vec<Decision>> + Send {
        self(batch)
    }
}

/// The state that all messages of one consumer share, over all its connections.
pub(crate) struct Batches<H> {
    queue: Queue,
    ack_timeout: Duration,
    largest: usize,
    retry_delay: Duration,
    stop: CancellationToken,
    abandoned: CancellationToken,
    metrics: Metrics,
    handler: H,
    line: Mutex<WaitingLine>,
}

/// Messages that came and are not handled yet.
#[derive(Default)]
struct WaitingLine {
    waiting: VecDeque<Waiting>,
    /// Whether somebody works it off; one at a time, so that one acknowledgement can stand for all before it.
    is_served: bool,
}

struct Waiting {
    read: Arc<Result<Delivery, Unreadable>>,
    headers: BTreeMap<String, String>,
    /// How many messages it may be handled together with.
    company: usize,
    acker: Acker,
}

impl<H: BatchHandler> Intake for Batches<H> {
    fn begin_session(&self) {
        // They came over a connection that is gone, and come again over this one.
        self.line().waiting.clear();
    }

    fn take(self: Arc<Self>, delivery: lapin::message::Delivery, handlers: &TaskTracker) {
        count_one(&self.metrics.consumed, self.queue);
        let acker = delivery.acker.clone();
        let received = Received::read(delivery);
        let company = company_of(self.largest, &received);
        let Received { read, headers, .. } = received;

        let mut line = self.line();
        line.waiting.push_back(Waiting { read: Arc::new(read), headers, company, acker });
        // One task serves the line at a time, so that a batch is told about before the next one begins.
        if !std::mem::replace(&mut line.is_served, true) {
            handlers.spawn(self.clone().serve());
        }
    }

    fn abandon(&self) {
        self.abandoned.cancel();
    }
}

impl<H: BatchHandler> Batches<H> {
    pub(crate) fn new(
        queue: Queue,
        options: &ConsumeOptions,
        ack_timeout: Duration,
        stop: CancellationToken,
        metrics: Metrics,
        handler: H,
    ) -> Self {
        Self {
            queue,
            ack_timeout,
            largest: usize::from(options.prefetch),
            retry_delay: options.retry_delay,
            stop,
            abandoned: CancellationToken::new(),
            metrics,
            handler,
            line: Mutex::default(),
        }
    }

    fn line(&self) -> MutexGuard<'_, WaitingLine> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Handles what waits until nothing does, or until the shutdown, at which what waits returns with the channel.
    async fn serve(self: Arc<Self>) {
        while let Some(batch) = self.next_batch() {
            let span = tracing::info_span!(
                "process messages",
                otel.kind = "consumer",
                messaging.system = "rabbitmq",
                messaging.operation.r#type = "process",
                messaging.destination.name = self.queue.as_str(),
                messaging.batch.message_count = batch.len(),
            );

            if let Some(first) = batch.first() {
                trace::continue_trace(&span, &first.headers);
            }

            self.handle(batch).instrument(span).await;
        }
    }

    /// The messages at the head of the line. Those that came back are taken in ever smaller company: one that kills the
    /// process is alone soon, and takes the others with it only a few times.
    fn next_batch(&self) -> Option<Vec<Waiting>> {
        let mut line = self.line();
        if self.stop.is_cancelled() || line.waiting.is_empty() {
            line.is_served = false;
            return None;
        }

        let mut batch: Vec<Waiting> = Vec::new();
        let mut room = self.largest;
        while let Some(next) = line.waiting.front() {
            // The message that may have the fewest others beside it limits the whole batch.
            room = room.min(next.company);
            if batch.len() >= room {
                break;
            }
            batch.extend(line.waiting.pop_front());
        }
        Some(batch)
    }

    /// Handles a batch until each of its messages is decided, then tells RabbitMQ in as few words as possible.
    async fn handle(&self, batch: Vec<Waiting>) {
        let mut decisions: Vec<Option<Decision>> = batch.iter().map(|_| None).collect();
        let mut delay = FIRST_RETRY;

        loop {
            let open: Vec<usize> = (0..batch.len()).filter(|place| decisions[*place].is_none()).collect();
            if open.is_empty() {
                break;
            }
            let Some(decided) = self.decide(&batch, &open).await else { return };
            for (place, decision) in open.into_iter().zip(decided) {
                // It stays at hand: given back, it would count as one that nobody could handle.
                decisions[place] = Some(decision).filter(|decision| *decision != Decision::RetryLater);
            }
            if decisions.iter().any(Option::is_none) {
                count_one(&self.metrics.retried, self.queue);
                tokio::select! {
                    () = self.stop.cancelled() => break,
                    () = sleep(delay) => {}
                }
                delay = (delay * 2).min(LONGEST_RETRY);
            }
        }
        self.tell(&batch, &decisions).await;
    }

    /// Decides about these messages of a batch. None: the shutdown does not wait any longer. After a panic each is
    /// tried alone, and the one that panics is given back.
    async fn decide(&self, batch: &[Waiting], open: &[usize]) -> Option<Vec<Decision>> {
        if let Some(decisions) = self.call(batch, open).await? {
            return Some(decisions);
        }

        // After a panic nobody knows which message caused it, so each is tried alone.
        let mut decisions = Vec::with_capacity(open.len());
        for place in open {
            // A batch of one has panicked alone already.
            let decided = if open.len() > 1 { self.call(batch, &[*place]).await? } else { None };
            let decision = if let Some(decision) = decided.and_then(|mut decided| decided.pop()) {
                decision
            } else {
                self.give_back(&batch[*place].acker).await;
                Decision::Done
            };
            decisions.push(decision);
        }
        Some(decisions)
    }

    /// Calls the handler. Inside: none if it panicked.
    async fn call(&self, batch: &[Waiting], open: &[usize]) -> Option<Option<Vec<Decision>>> {
        let messages = open.iter().filter_map(|place| batch.get(*place)).map(|waiting| waiting.read.clone());
        let running = AssertUnwindSafe(self.handler.call(messages.collect())).catch_unwind();

        let decided = tokio::select! {
            decided = running => decided,
            () = self.abandoned.cancelled() => return None,
        };

        if decided.is_err() {
            count_one(&self.metrics.panics, self.queue);
            tracing::error!(queue = self.queue.as_str(), messages = open.len(), "a handler panicked");
        }
        Some(decided.ok())
    }

    /// A message that panics goes back to the queue, which gives it up after some more attempts.
    async fn give_back(&self, acker: &Acker) {
        count_one(&self.metrics.retried, self.queue);
        sleep(self.retry_delay).await;
        let options = BasicNackOptions { requeue: true, multiple: false };
        is_heard(timeout(self.ack_timeout, acker.nack(options)).await);
    }

    /// Acknowledges all that is done at once; what never can be done, and what is left over at a shutdown, one by one.
    async fn tell(&self, batch: &[Waiting], decisions: &[Option<Decision>]) {
        for (waiting, decision) in batch.iter().zip(decisions) {
            let told = match decision {
                Some(Decision::DeadLetter { reason }) => {
                    count_one(&self.metrics.dead_lettered, self.queue);
                    tracing::error!(queue = self.queue.as_str(), reason, "a message is dead-lettered");
                    let options = BasicRejectOptions { requeue: false };
                    is_heard(timeout(self.ack_timeout, waiting.acker.reject(options)).await)
                }
                Some(Decision::Done | Decision::RetryLater) => true,
                None => {
                    let options = BasicNackOptions { requeue: true, multiple: false };
                    is_heard(timeout(self.ack_timeout, waiting.acker.nack(options)).await)
                }
            };
            if !told {
                // An acknowledgement of a later one would stand for this one, too. All come again.
                return;
            }
        }

        let done = |(_, decision): &(&Waiting, &Option<Decision>)| matches!(decision, Some(Decision::Done));
        let number = batch.iter().zip(decisions).filter(done).count();
        if let Some((last, _)) = batch.iter().zip(decisions).rfind(done) {
            // It stands for all before it, which are decided, too: this consumer has one batch at a time.
            let options = BasicAckOptions { multiple: true };
            if is_heard(timeout(self.ack_timeout, last.acker.ack(options)).await) {
                self.metrics.acked.add(number as u64, &[opentelemetry::KeyValue::new("queue", self.queue.as_str())]);
            }
        }
    }
}

/// Whether the broker has heard what became of messages.
fn is_heard(told: Result<lapin::Result<bool>, tokio::time::error::Elapsed>) -> bool {
    match told {
        Ok(Ok(true)) => return true,
        Ok(Ok(false)) => tracing::info!("the channel of the messages is gone; they will come again"),
        Ok(Err(error)) => tracing::info!(%error, "the messages were not acknowledged and will come again"),
        Err(_) => tracing::warn!("the messages were not acknowledged in time and may come again"),
    }
    false
}

/// How many messages may be handled together with this one.
fn company_of(largest: usize, received: &Received) -> usize {
    let returns = if received.redelivered { received.delivery_count.max(1) } else { 0 };
    // An eighth after each return.
    (largest >> (3 * returns).min(63)).max(1)
}
