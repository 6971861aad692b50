//! The handle that services hold, and the supervisor of the publishing connection.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::backoff::Backoff;
use crate::connector::{ConnectError, Link};
use crate::metrics::Metrics;
use crate::publish_session::{Ended, PublishSession, Request};
use crate::{BrokerOptions, Topology, TopologyError};

/// How many messages may stand in line for the publishing connection.
const LINE: usize = 1_024;

/// How a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokerState {
    /// Away; it is being built.
    Connecting,
    /// In use.
    Connected,
    /// In use, but RabbitMQ takes no messages on it for lack of memory or disk.
    Blocked,
    /// Ended by the shutdown.
    Stopped,
}

/// A connection to RabbitMQ that comes back by itself. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Broker {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    options: BrokerOptions,
    topology: Topology,
    requests: mpsc::Sender<Request>,
    state: watch::Receiver<BrokerState>,
    shutdown: CancellationToken,
    tasks: TaskTracker,
    metrics: Metrics,
}

impl Broker {
    /// Starts connecting, and returns at once. Everything ends with `shutdown`: consumers stop taking, and publishing
    /// goes on for [`BrokerOptions::linger`], or until every clone of this handle is gone.
    ///
    /// # Errors
    /// Only for a prefix that cannot be part of a name.
    pub fn start(options: BrokerOptions, shutdown: CancellationToken) -> Result<Self, TopologyError> {
        let topology = Topology::new(&options.prefix)?;
        let (requests, line) = mpsc::channel(LINE);
        let (state, watched) = watch::channel(BrokerState::Connecting);
        let metrics = Metrics::new();

        let supervisor = Supervisor {
            options: options.clone(),
            topology: topology.clone(),
            line,
            state,
            shutdown: shutdown.clone(),
            metrics: metrics.clone(),
        };

        let tasks = TaskTracker::new();
        tasks.spawn(supervisor.run());

        let inner = Inner { options, topology, requests, state: watched, shutdown, tasks, metrics };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Checks and starts: an outage is no reason to stop the start, because the database holds all work; what only a
    /// person can mend is (a wrong address, wrong credentials, a queue that exists with other arguments).
    pub async fn open(options: BrokerOptions, shutdown: CancellationToken) -> Result<Self, ConnectError> {
        match Self::connect_once(&options).await {
            Err(error) if error.is_passing() => {
                tracing::warn!(%error, "starting without RabbitMQ; work is found in the database until it is back");
            }
            checked => checked?,
        }
        Ok(Self::start(options, shutdown)?)
    }

    /// Connects once, declares the topology and leaves: for the check at a start, which should stop with the reason.
    pub async fn connect_once(options: &BrokerOptions) -> Result<(), ConnectError> {
        let topology = Topology::new(&options.prefix)?;
        let link = Link::open(options, "check").await?;
        let declared = link.declare(&topology).await;
        link.close().await;
        declared
    }

    /// Whether a message would be taken now.
    pub fn is_connected(&self) -> bool {
        *self.inner.state.borrow() == BrokerState::Connected
    }

    /// Returns as soon as messages are taken, at once if they are; never, if the broker was shut down.
    pub async fn connected(&self) {
        let mut state = self.state();
        if state.wait_for(|state| *state == BrokerState::Connected).await.is_err() {
            // The supervisor has ended, so no connection will ever come.
            std::future::pending::<()>().await;
        }
    }

    /// The publishing connection's state, to be watched.
    pub fn state(&self) -> watch::Receiver<BrokerState> {
        self.inner.state.clone()
    }

    /// The names in use.
    pub fn topology(&self) -> &Topology {
        &self.inner.topology
    }

    /// Waits until all connections are closed, which the shutdown begins. Drop the other clones first, or this waits
    /// for [`BrokerOptions::linger`].
    pub async fn closed(self) {
        let tasks = self.inner.tasks.clone();
        // This handle would keep the publishing connection waiting for requests.
        drop(self);
        tasks.close();
        tasks.wait().await;
    }

    pub(crate) fn options(&self) -> &BrokerOptions {
        &self.inner.options
    }

    pub(crate) fn requests(&self) -> &mpsc::Sender<Request> {
        &self.inner.requests
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    pub(crate) fn shutdown(&self) -> &CancellationToken {
        &self.inner.shutdown
    }

    pub(crate) fn tasks(&self) -> &TaskTracker {
        &self.inner.tasks
    }
}

/// Keeps the publishing connection.
struct Supervisor {
    options: BrokerOptions,
    topology: Topology,
    line: mpsc::Receiver<Request>,
    state: watch::Sender<BrokerState>,
    shutdown: CancellationToken,
    metrics: Metrics,
}

impl Supervisor {
    async fn run(mut self) {
        let mut backoff = Backoff::new(self.options.backoff_max);
        loop {
            let opened = tokio::select! {
                () = self.shutdown.cancelled() => break,
                opened = PublishSession::open(&self.options, &self.topology) => opened,
            };

            match opened {
                Ok(session) => {
                    // A connection that came about makes earlier failures meaningless.
                    backoff.reset();
                    if matches!(self.serve(session).await, Ended::Finished) {
                        break;
                    }
                }
                Err(error) => tracing::warn!(%error, "not connected to RabbitMQ; trying again"),
            }
            tokio::select! {
                () = self.shutdown.cancelled() => break,
                () = sleep(backoff.next()) => {}
            }
        }

        self.state.send_replace(BrokerState::Stopped);
    }

    async fn serve(&mut self, session: PublishSession) -> Ended {
        tracing::info!("connected to RabbitMQ for publishing");
        self.state.send_replace(BrokerState::Connected);
        let (shutdown, linger) = (self.shutdown.clone(), self.options.linger);

        // Handlers that end after the shutdown began can still publish.
        let stop = async move {
            shutdown.cancelled().await;
            sleep(linger).await;
        };

        let ended = session.run(&mut self.line, &self.state, stop).await;

        if let Ended::Lost(reason) = &ended {
            self.state.send_replace(BrokerState::Connecting);
            self.metrics.reconnects.add(1, &[opentelemetry::KeyValue::new("connection", "publisher")]);
            tracing::warn!(reason, "the publishing connection to RabbitMQ was lost");
        }
        ended
    }
}
