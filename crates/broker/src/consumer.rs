//! The caller's side of consuming.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::batches::{Batch, Batches};
use crate::broker::{Broker, BrokerState};
use crate::consuming::{Intake, Supervisor};
use crate::handling::Handling;
use crate::{Decision, Delivery, Queue, Unreadable};

/// How a queue is consumed.
#[derive(Debug, Clone)]
pub struct ConsumeOptions {
    /// How many messages are taken and handled at once; 8.
    pub prefetch: u16,
    /// The consumer's name in RabbitMQ and in logs; a random part is added.
    pub name: String,
    /// The first wait before a message is given back; it doubles with every return; 500 ms.
    pub retry_delay: Duration,
    /// The longest wait before a message is given back; 30 s.
    pub retry_delay_max: Duration,
    /// How long the shutdown waits for running handlers; then they are dropped, and their messages return; 12 s.
    pub drain: Duration,
    /// How often it is checked that RabbitMQ still knows this consumer; 5 s, and a lost one is back within three.
    pub check_every: Duration,
}

impl ConsumeOptions {
    /// Options with the defaults of the design.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            prefetch: 8,
            name: name.into(),
            retry_delay: Duration::from_millis(500),
            retry_delay_max: Duration::from_secs(30),
            drain: Duration::from_secs(12),
            check_every: Duration::from_secs(5),
        }
    }
}

/// A running consumer. Dropping this does not stop it.
#[derive(Debug)]
pub struct Consumer {
    state: watch::Receiver<BrokerState>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Consumer {
    /// The state of this consumer's connection, to be watched: while it is not connected, no permit arrives.
    pub fn state(&self) -> watch::Receiver<BrokerState> {
        self.state.clone()
    }

    /// Whether messages arrive.
    pub fn is_connected(&self) -> bool {
        *self.state.borrow() == BrokerState::Connected
    }

    /// Stops taking, gives back what was not begun, and waits for running handlers within their deadline.
    pub async fn stop(self) {
        self.stop.cancel();
        self.stopped().await;
    }

    /// Waits for the end that the broker's shutdown brings.
    pub async fn stopped(self) {
        let _ = self.task.await;
    }
}

impl Broker {
    /// Gives every message of a queue to `handler`, on a connection of its own, until the shutdown.
    ///
    /// Handlers run side by side, up to the prefetch. One that panics is counted, and its message tried again later;
    /// a message that cannot be decoded is dead-lettered. A message that came back is handled while nothing else is,
    /// and those that came back together go in random order, so that one which kills the process takes no others
    /// with it over its deliveries.
    pub fn consume<H, F>(&self, queue: Queue, options: ConsumeOptions, handler: H) -> Consumer
    where
        H: Fn(Delivery) -> F + Send + Sync + 'static,
        F: Future<Output = Decision> + Send + 'static,
    {
        self.consume_all(queue, options, move |read| {
            let running = read.map(&handler);
            async move {
                match running {
                    Ok(decision) => decision.await,
                    Err(Unreadable { error, .. }) => Decision::DeadLetter { reason: error },
                }
            }
        })
    }

    /// As [`Broker::consume`], but also what cannot be decoded is given to `handler`.
    pub fn consume_all<H, F>(&self, queue: Queue, options: ConsumeOptions, handler: H) -> Consumer
    where
        H: Fn(Result<Delivery, Unreadable>) -> F + Send + Sync + 'static,
        F: Future<Output = Decision> + Send + 'static,
    {
        let (stop, timeouts) = (self.shutdown().child_token(), self.options().operation_timeout);
        let handling = Handling::new(queue, options.clone(), timeouts, stop.clone(), self.metrics().clone(), handler);
        self.supervise(queue, options, stop, handling)
    }

    /// Gives the messages of a queue to `handler` in batches of up to the prefetch, one batch at a time, on a connection of
    /// its own, until the shutdown. The handler decides each message of a batch, in its order.
    ///
    /// What it asks to try again stays at hand and is tried again soon, for as long as the connection lives. After a panic,
    /// each message of the batch is tried alone. Messages that came back are handled in ever smaller batches.
    pub fn consume_batches<H, F>(&self, queue: Queue, options: ConsumeOptions, handler: H) -> Consumer
    where
        H: Fn(Batch) -> F + Send + Sync + 'static,
        F: Future<Output = Vec<Decision>> + Send + 'static,
    {
        let (stop, timeouts) = (self.shutdown().child_token(), self.options().operation_timeout);
        let batches = Batches::new(queue, &options, timeouts, stop.clone(), self.metrics().clone(), handler);
        self.supervise(queue, options, stop, batches)
    }

    fn supervise<I: Intake>(
        &self,
        queue: Queue,
        options: ConsumeOptions,
        stop: CancellationToken,
        intake: I,
    ) -> Consumer {
        let (state, watched) = watch::channel(BrokerState::Connecting);
        let supervisor = Supervisor {
            broker: self.options().clone(),
            topology: self.topology().clone(),
            queue,
            options,
            intake: Arc::new(intake),
            state,
            stop: stop.clone(),
            metrics: self.metrics().clone(),
        };
        let task = self.tasks().spawn(supervisor.run());
        Consumer { state: watched, stop, task }
    }
}
