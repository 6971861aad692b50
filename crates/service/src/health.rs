//! `/livez`, `/readyz` and `/metrics`.
//!
//! A process that answers is alive. A service is ready whose registered checks pass and that is not stopping. None of
//! the three asks for a token, so nothing they show may be secret or personal: a check gives its reason in fixed
//! words.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::web::{Data, ServiceConfig, get};
use actix_web::{HttpResponse, http::header::ContentType};
use futures_util::future::{BoxFuture, FutureExt as _, join_all};
use serde::Serialize;
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// Paths that answer for the process itself: no access check, no span.
pub const PATHS: [&str; 3] = ["/livez", "/readyz", "/metrics"];

/// The time that one check may take.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);
/// How long an answer is repeated, so that asking often does not burden what is checked.
const FRESH: Duration = Duration::from_millis(250);

/// The checks that say whether a service is ready. Cloning gives another handle to the same ones.
#[derive(Clone, Default)]
pub struct Readiness(Arc<ReadinessState>);

#[derive(Default)]
struct ReadinessState {
    checks: std::sync::RwLock<Vec<Check>>,
    last: Mutex<Option<(Instant, ReadinessReport)>>,
}

#[derive(Clone)]
struct Check {
    name: &'static str,
    runtime: Handle,
    run: Arc<dyn Fn() -> BoxFuture<'static, Result<(), &'static str>> + Send + Sync>,
}

/// What `/readyz` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReadinessReport {
    /// Whether everything is.
    pub ready: bool,
    /// Each check, in the order of registration.
    pub checks: Vec<CheckOutcome>,
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckOutcome {
    /// The name it was registered under.
    pub name: &'static str,
    /// Whether it passed.
    pub ready: bool,
    /// Why it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
}

impl Readiness {
    /// No checks yet: ready.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a check. It runs on the current runtime, so that connections it opens live as long as the service and not only
    /// as long as the server's thread that asked; it gets 2 s. `Err` says why not, in words fit for anyone.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn register<F, Fut>(&self, name: &'static str, check: F)
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), &'static str>> + Send + 'static,
    {
        let check = Check { name, runtime: Handle::current(), run: Arc::new(move || check().boxed()) };
        self.0.checks.write().unwrap_or_else(std::sync::PoisonError::into_inner).push(check);
    }

    /// Runs all checks at once, or repeats what they said a moment ago.
    pub async fn check(&self) -> ReadinessReport {
        self.check_within(CHECK_TIMEOUT).await
    }

    pub(crate) async fn check_within(&self, timeout: Duration) -> ReadinessReport {
        // The lock is held while the checks run, so that callers at the same time share one answer.
        let mut last = self.0.last.lock().await;
        if let Some((_, report)) = last.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
            return report.clone();
        }

        let checks = self.0.checks.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let checks = join_all(checks.into_iter().map(|check| check.outcome(timeout))).await;

        let report = ReadinessReport { ready: checks.iter().all(|outcome| outcome.ready), checks };

        *last = Some((Instant::now(), report.clone()));
        report
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readiness").finish_non_exhaustive()
    }
}

impl Check {
    async fn outcome(self, timeout: Duration) -> CheckOutcome {
        let check = self.runtime.spawn((self.run)());
        let abort = check.abort_handle();
        let reason = match tokio::time::timeout(timeout, check).await {
            Ok(Ok(Ok(()))) => None,
            Ok(Ok(Err(reason))) => Some(reason),
            Ok(Err(_)) => Some("the check itself failed"),
            Err(_) => Some("no answer in time"),
        };
        // A check that hangs must not pile up with each probe.
        abort.abort();
        CheckOutcome { name: self.name, ready: reason.is_none(), reason }
    }
}

/// Mounts the three paths.
pub(crate) fn configure_health(app: &mut ServiceConfig, readiness: Readiness, shutdown: CancellationToken) {
    app.app_data(Data::new((readiness, shutdown)))
        .route("/livez", get().to(livez))
        .route("/readyz", get().to(readyz))
        .route("/metrics", get().to(metrics));
}

async fn livez() -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::plaintext()).body("alive\n")
}

async fn readyz(state: Data<(Readiness, CancellationToken)>) -> HttpResponse {
    let (readiness, shutdown) = state.get_ref();
    let mut report = readiness.check().await;
    if shutdown.is_cancelled() {
        report.ready = false;
        report.checks.push(CheckOutcome { name: "service", ready: false, reason: Some("stopping") });
    }
    if report.ready { HttpResponse::Ok().json(report) } else { HttpResponse::ServiceUnavailable().json(report) }
}

async fn metrics() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(crate::metrics::render_metrics())
}
