//! The real engine, one step at a time, and how it dies between any two of its statements.

use crate::database::Database;
use broker::{Broker, BrokerOptions};
use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use scheduler::SteppedScheduler;
use service::Settings;
use std::cell::Cell;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use sync_worker::SteppedWorker;
use tokio_util::sync::CancellationToken;

thread_local! {
    /// Statements that the engine of this thread has begun.
    static STATEMENTS: Cell<u64> = const { Cell::new(0) };
    /// Whether a worker of this thread is to die now, whatever it is about.
    static DOOMED: Cell<bool> = const { Cell::new(false) };
}

struct Counting;

impl Instrumentation for Counting {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { .. } = event {
            STATEMENTS.with(|count| count.set(count.get() + 1));
        }
    }
}

/// Lets whoever works on this thread die.
pub(crate) fn doom() {
    DOOMED.with(|doomed| doomed.set(true));
}

/// Works until it is done, or until the worker has begun so many statements, or is doomed. None: it died.
pub(crate) async fn mortal<T>(work: impl Future<Output = T>, statements: Option<u64>) -> Option<T> {
    DOOMED.with(|doomed| doomed.set(false));
    let last = statements.map(|statements| STATEMENTS.with(Cell::get) + statements);
    let dead = || DOOMED.with(Cell::get) || last.is_some_and(|last| STATEMENTS.with(Cell::get) >= last);

    let mut work = pin!(work);
    std::future::poll_fn(|context| {
        if dead() {
            return Poll::Ready(None);
        }
        match work.as_mut().poll(context) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending if dead() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Workers and a scheduler.
pub(crate) struct Engine {
    pub(crate) worker: SteppedWorker,
    /// Applies events while the other is at work.
    pub(crate) second: SteppedWorker,
    pub(crate) scheduler: SteppedScheduler,
    end: CancellationToken,
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

impl Engine {
    pub(crate) fn start(database: &Database, batch_size: usize) -> Self {
        service::install_tls_provider();
        set_default_instrumentation(|| Some(Box::new(Counting))).expect("nobody panicked while setting it");

        let settings = [
            ("GENIACS_DATABASE__URL", database.url()),
            ("GENIACS_DATABASE__POOL_SIZE", "4"),
            // Nothing listens there: work is found in the database.
            ("GENIACS_BROKER__URL", "amqp://127.0.0.1:1"),
            ("GENIACS_ENCRYPTION_KEYS", &database.keys),
            ("GENIACS_OUTBOUND__ALLOW_HTTP", "true"),
            ("GENIACS_OUTBOUND__ALLOW", "127.0.0.0/8"),
            ("GENIACS_RETRY__RECORD_BACKOFF_MILLISECONDS", "1"),
            ("GENIACS_BATCH_SIZE", &batch_size.to_string()),
        ];

        let with_role = |role: &str| {
            let role = [("GENIACS_DATABASE__ROLE", role)];
            let all = settings.iter().chain(&role).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            Settings::from_map(all).expect("good settings")
        };

        let end = CancellationToken::new();
        let options = BrokerOptions {
            publish_grace: Duration::ZERO,
            ..BrokerOptions::new("amqp://127.0.0.1:1".to_owned(), "w-".to_owned())
        };
        let broker = Broker::start(options, end.clone()).expect("a good prefix");

        let worker = || SteppedWorker::new(with_role("geniacs_worker"), broker.clone()).expect("a worker");
        let scheduler = SteppedScheduler::new(with_role("geniacs_scheduler"), broker.clone()).expect("a scheduler");
        Self { worker: worker(), second: worker(), scheduler, end }
    }
}
