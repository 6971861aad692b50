//! Stopping: SIGTERM or SIGINT asks, a second one insists.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// How long a service may take to stop: readiness off, stop taking, finish or give back what is in flight.
pub const DEADLINE: Duration = Duration::from_secs(15);

/// The exit code that a shell reports for a process that Ctrl-C ended.
const EXIT_CODE_OF_A_SECOND_SIGNAL: i32 = 130;

/// Turns the first SIGTERM or SIGINT into a cancelled token, and the second into an exit at once.
#[derive(Debug)]
pub struct Shutdown {
    token: CancellationToken,
}

impl Shutdown {
    /// Starts to listen, on the current runtime. From here on a signal no longer ends the process by itself.
    pub fn install() -> io::Result<Self> {
        let token = CancellationToken::new();
        let signals = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        tokio::spawn(listen_for_signals(signals.0, signals.1, token.clone()));
        Ok(Self { token })
    }

    /// Fires when the service is asked to stop.
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }
}

/// Returns [`DEADLINE`] after `token` has fired, and never before.
pub async fn shutdown_overdue(token: &CancellationToken) {
    token.cancelled().await;
    tokio::time::sleep(DEADLINE).await;
}

async fn listen_for_signals(mut terminate: Signal, mut interrupt: Signal, token: CancellationToken) {
    either_signal(&mut terminate, &mut interrupt).await;
    tracing::info!("stopping");
    token.cancel();
    either_signal(&mut terminate, &mut interrupt).await;
    tracing::warn!("stopped at once by a second signal");
    std::process::exit(EXIT_CODE_OF_A_SECOND_SIGNAL);
}

async fn either_signal(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
