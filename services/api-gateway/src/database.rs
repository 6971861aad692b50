//! Work on the database that a leaving client cannot tear apart.

use crate::error::ApiError;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;
use storage::answering::{Answering, Silent};
use storage::pool::PoolOptions;
use storage::{AsyncConnection as _, Connection, Pool};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

/// The result of a piece of work on a connection.
pub(crate) type Work<'c, T> = BoxFuture<'c, Result<T, ApiError>>;

/// A free connection is waited for so long; a caller that hears nothing for longer would better come again.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(2);

/// The pool, and the runtime that all its connections live on. Handlers run on the server's own runtimes and are dropped
/// when their client leaves; work that is handed in here goes on to its end.
#[derive(Clone)]
pub(crate) struct Database {
    pool: Pool,
    answering: Answering,
    /// Turns at work that takes a processor's time.
    processors: Arc<Semaphore>,
    runtime: Handle,
}

impl Database {
    /// Uses the current runtime, which must outlive the server.
    pub(crate) fn new(pool: Pool) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);

        Self {
            pool,
            answering: Answering::default(),
            processors: Arc::new(Semaphore::new(processors)),
            runtime: Handle::current(),
        }
    }

    /// Watches until the shutdown whether the database still answers, so that nobody waits for one that is silent.
    pub(crate) fn watch(&self, options: PoolOptions, shutdown: CancellationToken) {
        let answering = self.answering.clone();
        self.runtime.spawn(async move { shutdown.run_until_cancelled(answering.watch(options)).await });
    }

    /// Whether a connection can be had.
    pub(crate) async fn answers(&self) -> bool {
        let connecting = self.answering.unless_silent(storage::pool::get(&self.pool));
        connecting.await.is_ok_and(|connection| connection.is_ok())
    }

    /// The runtime that outlives requests.
    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Runs `work` in one transaction: all of it takes effect, or nothing does.
    pub(crate) async fn transaction<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> Work<'c, T> + Send + 'static,
    {
        self.run(move |connection| {
            async move { connection.transaction(async move |connection| work(connection).await).await }.boxed()
        })
        .await
    }

    /// Runs `work`, which changes nothing that must hold together, on a connection.
    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> Work<'c, T> + Send + 'static,
    {
        let (pool, answering) = (self.pool.clone(), self.answering.clone());
        self.finish(async move {
            let connecting = tokio::time::timeout(CONNECTION_TIMEOUT, storage::pool::get(&pool));
            let mut connection = match answering.unless_silent(connecting).await {
                Ok(Ok(connected)) => connected?,
                Ok(Err(_)) | Err(Silent) => return Err(ApiError::DatabaseAway),
            };

            let done = answering.unless_silent(work(&mut connection)).await;
            done.unwrap_or_else(|Silent| {
                // A statement is under way on it, perhaps within a transaction: closed, it is rolled back.
                drop(storage::pool::take(connection));
                Err(ApiError::DatabaseAway)
            })
        })
        .await
    }

    /// Does `work` that takes a processor's time: on threads of its own, a few at once, and without a connection.
    pub(crate) async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        // The semaphore is never closed, so that acquiring it cannot fail.
        let _turn = self.processors.acquire().await;
        let task = self.runtime.spawn_blocking(work);
        task.await.unwrap_or(Err(ApiError::Panicked))
    }

    async fn finish<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
    ) -> Result<T, ApiError> {
        // A task of its own goes on when the client leaves and the handler is dropped.
        let task = self.runtime.spawn(work.in_current_span());
        task.await.unwrap_or(Err(ApiError::Panicked))
    }
}
