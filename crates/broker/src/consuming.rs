//! The supervisor of one consumer's connection.

use std::sync::Arc;

use futures_util::StreamExt;
use lapin::options::{BasicCancelOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::{FieldTable, ShortString};
use lapin::{Channel, Event};
use opentelemetry::KeyValue;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::backoff::Backoff;
use crate::broker::BrokerState;
use crate::connector::{ConnectError, Link};
use crate::metrics::Metrics;
use crate::topology::short_name;
use crate::watchdog::Watchdog;
use crate::{BrokerOptions, ConsumeOptions, Queue, Topology};

/// The way in which the messages of one consumer are handled, over all its connections.
pub(crate) trait Intake: Send + Sync + 'static {
    /// Messages now come over another connection.
    fn begin_session(&self);

    /// Takes one message, to be handled by a task among `handlers`.
    fn take(self: Arc<Self>, delivery: lapin::message::Delivery, handlers: &TaskTracker);

    /// Drops the handlers that still run.
    fn abandon(&self);
}

pub(crate) struct Supervisor<I> {
    pub(crate) broker: BrokerOptions,
    pub(crate) topology: Topology,
    pub(crate) queue: Queue,
    pub(crate) options: ConsumeOptions,
    pub(crate) intake: Arc<I>,
    pub(crate) state: watch::Sender<BrokerState>,
    pub(crate) stop: CancellationToken,
    pub(crate) metrics: Metrics,
}

/// One connection's consumer.
struct Session {
    link: Link,
    channel: Channel,
    consumer: lapin::Consumer,
    tag: ShortString,
    watchdog: Watchdog,
}

impl<I: Intake> Supervisor<I> {
    pub(crate) async fn run(self) {
        let mut backoff = Backoff::new(self.broker.backoff_max);
        // Handlers outlive the connection that brought their message: their work is done all the same.
        let handlers = TaskTracker::new();
        while !self.stop.is_cancelled() {
            let opened = tokio::select! {
                () = self.stop.cancelled() => break,
                opened = self.open() => opened,
            };
            match opened {
                Ok(session) => {
                    backoff.reset();
                    self.serve(session, &handlers).await;
                }
                Err(error) => tracing::warn!(%error, queue = self.queue.as_str(), "not consuming; trying again"),
            }
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = sleep(backoff.next()) => {}
            }
        }
        self.drain(&handlers).await;
        self.state.send_replace(BrokerState::Stopped);
    }

    async fn open(&self) -> Result<Session, ConnectError> {
        let link = Link::open(&self.broker, &format!("consumer {}", self.options.name)).await?;
        link.declare(&self.topology).await?;

        let channel = link.channel().await?;
        // Before the consumer begins, or RabbitMQ would send it everything at once.
        link.bounded(channel.basic_qos(self.options.prefetch, BasicQosOptions::default())).await?;

        let tag = short_name(&format!("{}-{}", self.options.name, uuid::Uuid::now_v7()));
        let consuming = channel.basic_consume(
            short_name(&self.topology.queue(self.queue)),
            tag.clone(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        );

        let consumer = link.bounded(consuming).await?;

        let watchdog = Watchdog::new(&link, short_name(&self.topology.queue(self.queue)), &self.options).await?;
        Ok(Session { link, channel, consumer, tag, watchdog })
    }

    /// Hands out messages until the connection or the consumer is lost, or the shutdown comes.
    async fn serve(&self, mut session: Session, handlers: &TaskTracker) {
        tracing::info!(queue = self.queue.as_str(), "consuming");
        self.intake.begin_session();
        self.state.send_replace(BrokerState::Connected);

        let lost = self.take(&mut session, handlers).await;
        self.state.send_replace(BrokerState::Connecting);

        let Some(reason) = lost else {
            self.leave(session, handlers).await;
            return;
        };

        self.metrics.reconnects.add(1, &[KeyValue::new("connection", self.queue.as_str())]);
        tracing::warn!(reason, queue = self.queue.as_str(), "the consumer was lost");
        session.link.close().await;
    }

    /// The reason of a loss, or `None` for the shutdown.
    async fn take(&self, session: &mut Session, handlers: &TaskTracker) -> Option<String> {
        let mut events = session.link.connection.events_listener().boxed();
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return None,
                event = events.next() => match event {
                    Some(Event::Error(error)) => return Some(error.to_string()),
                    Some(_) => {}
                    None => return Some("the client library ended".to_owned()),
                },
                next = session.consumer.next() => match next {
                    Some(Ok(delivery)) => {
                        session.watchdog.delivered();
                        self.intake.clone().take(delivery, handlers);
                    }
                    Some(Err(error)) => return Some(error.to_string()),
                    None => return Some("RabbitMQ cancelled the consumer; was its queue deleted?".to_owned()),
                },
                () = session.watchdog.due() => {
                    match session.watchdog.forgotten(&session.link, handlers.is_empty()).await {
                        Ok(false) => {}
                        Ok(true) => return Some("RabbitMQ forgot the consumer; was its queue deleted?".to_owned()),
                        Err(error) => return Some(error.to_string()),
                    }
                }
            }
        }
    }

    /// Stops taking, gives back what was not begun, and keeps the connection until the last acknowledgement.
    async fn leave(&self, mut session: Session, handlers: &TaskTracker) {
        let limit = self.broker.operation_timeout;

        let cancelling = session.channel.basic_cancel(session.tag.clone(), BasicCancelOptions::default());
        // The broker may have sent messages before it heard of the cancelling; they are taken too, so that they are
        // given back.
        if let Ok(Ok(())) = timeout(limit, cancelling).await {
            while let Ok(Some(Ok(delivery))) = timeout(limit, session.consumer.next()).await {
                self.intake.clone().take(delivery, handlers);
            }
        }

        self.drain(handlers).await;
        session.link.close().await;
    }

    async fn drain(&self, handlers: &TaskTracker) {
        handlers.close();
        if timeout(self.options.drain, handlers.wait()).await.is_err() {
            tracing::warn!(count = handlers.len(), "handlers did not end in time; their messages return to the queue");
            self.intake.abandon();
            handlers.wait().await;
        }
    }
}
