//! From settings to exit code.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::{Settings, Shutdown, install_tls_provider, panics, shutdown, telemetry};

/// How long blocking work, such as a password being hashed, may hold up the exit.
const BLOCKING_WORK: Duration = Duration::from_secs(1);
const FAULT: &str = "a fault in the program ended the service; its log names the place";

/// Runs a service from its settings to its exit code: reads the settings, starts telemetry, calls `run` with a token that
/// fires on SIGTERM and SIGINT, and flushes telemetry whatever `run` returned.
///
/// An error of the start, or one that `run` returns, is one sentence `error: …` on standard error, and exit code 1. `run`
/// has [`shutdown::DEADLINE`] to return once the token has fired. `default_port` is used where no setting names a port.
pub fn main<F, Fut>(name: &'static str, default_port: u16, run: F) -> ExitCode
where
    F: FnOnce(Settings, CancellationToken) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    match start_service(name, default_port, run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", sentence(&error));
            ExitCode::FAILURE
        }
    }
}

fn start_service<F, Fut>(name: &'static str, default_port: u16, run: F) -> anyhow::Result<()>
where
    F: FnOnce(Settings, CancellationToken) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    install_tls_provider();
    let settings = Settings::load_for(default_port)?;
    let telemetry = telemetry::init_telemetry(name, &settings.telemetry)?;

    panics::log_without_payload();

    // Only now is there a log to write them to.
    for warning in settings.warnings() {
        tracing::warn!("{warning}");
    }

    let runtime = Runtime::new().context("the runtime's threads could not be started")?;
    let outcome = catch_unwind(AssertUnwindSafe(|| runtime.block_on(run_until_stopped(settings, run))));
    let result = outcome.unwrap_or_else(|_| Err(anyhow::anyhow!(FAULT)));

    match &result {
        Ok(()) => tracing::info!("stopped"),
        Err(error) => tracing::error!(error = sentence(error), "stopped by an error"),
    }

    // The runtime still listens, so that a second signal need not wait for a collector.
    telemetry.flush();
    runtime.shutdown_timeout(BLOCKING_WORK);
    result
}

async fn run_until_stopped<F, Fut>(settings: Settings, run: F) -> anyhow::Result<()>
where
    F: FnOnce(Settings, CancellationToken) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    let shutdown = Shutdown::install().context("the signals that stop the service could not be listened to")?;

    let token = shutdown.token();

    tokio::select! {
        result = run(settings, token.clone()) => result,
        () = shutdown::shutdown_overdue(&token) => {
            let seconds = shutdown::DEADLINE.as_secs();
            Err(anyhow::anyhow!("the service did not stop within {seconds} s; others take up what it had begun"))
        }
    }
}

/// The error and its causes as one line. A cause that an error names in its own words is not told twice.
pub fn sentence(error: &anyhow::Error) -> String {
    let mut told = String::new();

    for cause in error.chain() {
        let words = cause.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        // Many errors repeat their cause in their own sentence.
        if told.is_empty() {
            told = words;
        } else if !told.contains(&words) {
            told = format!("{told}: {words}");
        }
    }

    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_and_its_causes_are_one_line() {
        let error = anyhow::anyhow!("refused\n  by the server").context("no connection");
        assert_eq!(sentence(&error), "no connection: refused by the server");
    }

    #[test]
    fn a_cause_that_an_error_names_itself_is_told_once() {
        let cause = std::io::Error::other("no such file");
        let error = anyhow::Error::from(cause).context("the folder cannot be read (no such file): correct the setting");
        assert_eq!(sentence(&error), "the folder cannot be read (no such file): correct the setting");
    }
}
