//! The shell every service starts in: settings, telemetry, health, shutdown.
//!
//! A service is a library with `run(settings, shutdown)` and a `main.rs` of a few lines:
//!
//! ```no_run
//! use service::{CancellationToken, Settings};
//!
//! async fn run(settings: Settings, shutdown: CancellationToken) -> anyhow::Result<()> {
//!     let readiness = service::Readiness::new();
//!     let server = service::http::serve(&settings.http, readiness, shutdown, |_app| {})?;
//!     server.join().await?;
//!     Ok(())
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     service::main("example", 8080, run)
//! }
//! ```
//!
//! [`main`] reads the [`Settings`], starts [`telemetry`], runs the service until SIGTERM, and flushes what telemetry holds,
//! on success and on failure. A failure to start is one sentence on standard error.

pub mod health;
pub mod http;
pub mod metrics;
mod panics;
pub mod settings;
pub mod shutdown;
mod start;
pub mod telemetry;
mod tls;

pub use health::Readiness;
pub use settings::{Settings, SettingsError};
pub use shutdown::Shutdown;
pub use start::{main, sentence};
pub use tls::install_tls_provider;
pub use tokio_util::sync::CancellationToken;
