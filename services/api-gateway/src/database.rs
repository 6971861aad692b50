//! Work on the database that a leaving client cannot tear apart.

use crate::error::ApiError;
use futures_util::future::BoxFuture;
use storage::{AsyncConnection as _, Connection, Pool};
use tokio::runtime::Handle;
use tracing::Instrument as _;

/// What a piece of work on a connection gives.
pub(crate) type Work<'c, T> = BoxFuture<'c, Result<T, ApiError>>;

/// The pool, and the runtime that all its connections live on. Handlers run on the server's own runtimes and are dropped
/// when their client leaves; work that is handed in here goes on to its end.
#[derive(Clone)]
pub(crate) struct Database {
    pool: Pool,
    runtime: Handle,
}

impl Database {
    /// Uses the current runtime, which must outlive the server.
    pub(crate) fn new(pool: Pool) -> Self {
        Self { pool, runtime: Handle::current() }
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
        let pool = self.pool.clone();
        self.finish(async move {
            let mut connection = storage::pool::get(&pool).await?;
            connection.transaction(async move |connection| work(connection).await).await
        })
        .await
    }

    /// Runs `work`, which changes nothing that must hold together, on a connection.
    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> Work<'c, T> + Send + 'static,
    {
        let pool = self.pool.clone();
        self.finish(async move {
            let mut connection = storage::pool::get(&pool).await?;
            work(&mut connection).await
        })
        .await
    }

    async fn finish<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
    ) -> Result<T, ApiError> {
        let task = self.runtime.spawn(work.in_current_span());
        task.await.unwrap_or(Err(ApiError::Panicked))
    }
}
