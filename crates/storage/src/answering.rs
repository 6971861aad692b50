//! Whether the database answers at all: one that is paused, or behind a path that swallows, refuses nothing and says
//! nothing.

use crate::pool::{PoolOptions, connect_to};
use diesel_async::SimpleAsyncConnection as _;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// Between two questions.
const ASK_EVERY: Duration = Duration::from_millis(250);
/// A question that is not answered by then means silence. Together with the pause before it, a caller hears within 2.5 s.
const SILENT_AFTER: Duration = Duration::from_secs(2);
/// A connection that has been silent for so long may never speak again; another one may.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(3);

/// The database said nothing for a while. What was asked of it may have taken effect only if it was a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the database does not answer")]
pub struct Silent;

/// Watches one database. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Answering(watch::Sender<bool>);

impl Default for Answering {
    fn default() -> Self {
        Self(watch::Sender::new(true))
    }
}

impl Answering {
    /// Asks again and again on a connection of its own, for ever. A database that is down is not silent: connecting to it
    /// fails at once.
    pub async fn watch(&self, options: PoolOptions) {
        loop {
            self.ask_on_one_connection(&options).await;
            sleep(ASK_EVERY).await;
        }
    }

    async fn ask_on_one_connection(&self, options: &PoolOptions) {
        let connected = timeout(SILENT_AFTER, connect_to(options)).await;
        let Ok(connected) = connected else { return self.set(false) };
        // A refused connection is an answer: the database is down, and not silent.
        let Ok(mut connection) = connected else { return self.set(true) };

        loop {
            let question = connection.batch_execute("SELECT 1");
            tokio::pin!(question);
            let mut answer = timeout(SILENT_AFTER, &mut question).await;
            if answer.is_err() {
                self.set(false);
                answer = timeout(GIVEN_UP_AFTER, &mut question).await;
            }

            match answer {
                Ok(Ok(())) => self.set(true),
                Ok(Err(_)) | Err(_) => return,
            }

            sleep(ASK_EVERY).await;
        }
    }

    fn set(&self, answers: bool) {
        let changed = self.0.send_if_modified(|known| std::mem::replace(known, answers) != answers);
        if changed && answers {
            tracing::info!("the database answers again");
        } else if changed {
            tracing::warn!("the database does not answer; what waits for it is given up");
        }
    }

    /// Waits for `work`, but no longer than the database answers. What is given up is dropped where it stands.
    pub async fn unless_silent<T>(&self, work: impl Future<Output = T>) -> Result<T, Silent> {
        let mut answers = self.0.subscribe();
        tokio::select! {
            biased;
            _ = answers.wait_for(|answers| !answers) => Err(Silent),
            done = work => Ok(done),
        }
    }
}
