//! The loop that reads for all listeners.

use super::event::Frame;
use super::listener::{self, Join, Listeners};
use super::reading::{self, LastReading, ReadingFrames, ReadingRequest};
use super::wake::Wake;
use super::{Position, metrics};
use crate::database::Database;
use crate::error::ApiError;
use actix_web::web::Bytes;
use futures_util::{FutureExt as _, Stream};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};
use storage::PoolOptions;
use storage::people::tokens;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// Between two readings: four a second at most.
const TICK: Duration = Duration::from_millis(250);
/// Between two readings while nothing runs and the database tells of changes; arrivals of webhooks are not told of.
const QUIET: Duration = Duration::from_secs(1);
/// A reading is followed by a rest of this many times its own duration, so that a busy database is left alone.
const REST: u32 = 3;
/// Between two looks at the tokens that listeners came with.
const TOKENS: Duration = Duration::from_secs(2);
/// Frames that a listener may be behind before it is cut off: half a minute of the busiest stream.
const RING: usize = 128;

/// The place at which clients begin to listen.
pub(crate) struct Hub {
    joins: mpsc::UnboundedSender<Join>,
    listeners: Arc<Listeners>,
    most: usize,
    shutdown: CancellationToken,
}

impl Hub {
    /// Starts the loop on the current runtime, to end with `shutdown`. `direct` reaches the database past any pooler.
    pub(crate) fn start(database: Database, direct: PoolOptions, most: usize, shutdown: CancellationToken) -> Self {
        let (joins, waiting) = mpsc::unbounded_channel();
        let listeners = Arc::<Listeners>::default();
        let (news, _) = broadcast::channel(RING);
        let reader = Reader { database, direct, waiting, listeners: listeners.clone(), news, is_failing: false };
        tokio::spawn(shutdown.clone().run_until_cancelled_owned(reader.run()));
        Self { joins, listeners, most, shutdown }
    }

    /// The events from now on, or from a place that was reached before; until the token is no longer valid.
    pub(crate) fn listen(
        &self,
        token_id: i64,
        from: Option<Position>,
    ) -> Result<impl Stream<Item = Result<Bytes, Infallible>> + use<>, ApiError> {
        let seat = self.listeners.add(token_id, self.shutdown.child_token(), self.most);
        let seat = seat.filter(|_| !self.shutdown.is_cancelled()).ok_or(ApiError::TooManyListeners)?;

        let (reply, start) = oneshot::channel();
        self.joins.send(Join { from, reply }).map_err(|_| ApiError::TooManyListeners)?;
        Ok(listener::listener_stream(seat, start))
    }
}

/// The loop that reads for all listeners.
struct Reader {
    database: Database,
    direct: PoolOptions,
    waiting: mpsc::UnboundedReceiver<Join>,
    listeners: Arc<Listeners>,
    news: broadcast::Sender<Arc<Frame>>,
    /// Whether the last reading failed, which is logged once.
    is_failing: bool,
}

impl Reader {
    async fn run(mut self) {
        // Until somebody comes, nothing is read and no connection is held.
        while let Some(first) = self.waiting.recv().await {
            self.serve(first).await;
            metrics::record_rest();
        }
    }

    /// Reads until nobody listens any more.
    async fn serve(&mut self, first: Join) {
        let wake = Wake::start(self.direct.clone());
        // Nothing is remembered from the last time that somebody listened: the first reading begins anew.
        let (mut memory, mut joins) = (None, vec![first]);
        let (mut read_at, mut checked_at) = (Instant::now(), Instant::now());

        while !(joins.is_empty() && self.listeners.is_empty()) {
            let began = Instant::now();
            let told = self.read(&mut memory, &mut joins).await;
            if told.is_some() {
                metrics::record_reading(began.elapsed(), began.duration_since(read_at));
                read_at = began;
            }

            if checked_at.elapsed() >= TOKENS {
                self.check_tokens().await;
                checked_at = Instant::now();
            }

            let is_quiet = wake.works() && told == Some(false) && memory.as_ref().is_some_and(|m| !m.is_busy());
            self.rest(began.elapsed(), is_quiet || self.is_failing, &wake, &mut joins).await;
        }
    }

    /// Reads once for everyone. Says whether there was news; none where the database did not answer.
    async fn read(&mut self, memory: &mut Option<LastReading>, joins: &mut Vec<Join>) -> Option<bool> {
        // A client that left before it was served needs no reading.
        joins.retain(|join| !join.reply.is_closed());
        // One reading serves all who come back, from the earliest of their places.
        let back_to = joins.iter().filter_map(|join| join.from).reduce(Position::earlier);
        let asked = ReadingRequest::new(memory.as_ref(), back_to);

        let found =
            self.database.run(move |c| async move { Ok(reading::read_live_state(c, asked).await?) }.boxed()).await;
        let found = self.noted(found)?;

        let ReadingFrames { news, resumed } = LastReading::tell(memory, found);
        let has_news = news.is_some();
        if let Some(news) = news {
            // Nobody listening is no failure.
            let _ = self.news.send(Arc::new(news));
        }

        // Written only where somebody begins, since it tells the state of everything.
        let start = memory.as_ref().filter(|_| !joins.is_empty()).map(LastReading::start).unwrap_or_default();
        for join in joins.drain(..) {
            let beginning = join.from.and(resumed.as_ref()).unwrap_or(&start).clone();
            let _ = join.reply.send((beginning, self.news.subscribe()));
        }

        Some(has_news)
    }

    /// Logs when reading begins to fail, and when it works again.
    fn noted<T>(&mut self, outcome: Result<T, ApiError>) -> Option<T> {
        match &outcome {
            Err(error) if !self.is_failing => tracing::warn!(%error, "live events cannot be read for now"),
            Ok(_) if self.is_failing => tracing::info!("live events are read again"),
            _ => {}
        }
        self.is_failing = outcome.is_err();
        outcome.ok()
    }

    /// Ends the streams of tokens that are no longer valid, and of clients that no longer read.
    async fn check_tokens(&self) {
        self.listeners.cut_lost(Instant::now());

        let ids = self.listeners.tokens();
        let valid = self.database.run(move |c| async move { Ok(tokens::valid(c, &ids).await?) }.boxed()).await;
        // Without an answer from the database nobody is cut off; the next look decides.
        if let Ok(valid) = valid {
            self.listeners.keep(&valid);
        }
    }

    async fn rest(&mut self, took: Duration, is_quiet: bool, wake: &Wake, joins: &mut Vec<Join>) {
        tokio::time::sleep(TICK.saturating_sub(took).max(took * REST)).await;

        if is_quiet && self.waiting.is_empty() {
            tokio::select! {
                () = tokio::time::sleep(QUIET.saturating_sub(TICK)) => {}
                () = wake.told() => {}
                join = self.waiting.recv() => joins.extend(join),
            }
        }

        while let Ok(join) = self.waiting.try_recv() {
            joins.push(join);
        }
    }
}
