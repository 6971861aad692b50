//! The HTTP server of a service: bound, limited, observed and stopped alike everywhere.

mod client;
mod observe;
mod protect;
#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{App, HttpServer};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::health::{self, Readiness};
use crate::settings::HttpSettings;
use client::TrustedProxies;
pub use client::{Client, client, network_of};

/// The head of a request must have come by then; a client that drips it is cut off.
const CLIENT_HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Above the idle time of common load balancers, so that they and not this server close idle connections.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
const CLIENT_DISCONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// What requests in flight get at a stop, within the 15 s of the whole service.
const GRACE_SECONDS: u64 = 10;
const CONNECTIONS_PER_WORKER: usize = 8_192;
const BACKLOG: u32 = 4_096;
/// More threads than this only add memory: the database is the limit, not parsing.
const MAX_WORKERS: usize = 8;

/// Why a server could not be started or did not end well.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address could not be listened on.
    #[error("cannot listen on {address} ({source}): {remedy}")]
    Bind {
        /// What was asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
        /// What to do.
        remedy: &'static str,
    },
    /// The server ended by itself or was cut off.
    #[error("the HTTP server ended: {0}")]
    Ended(String),
}

/// A server that listens, until the token it was given fires.
#[derive(Debug)]
pub struct RunningServer {
    /// Where it listens, with the real port where port 0 was asked for.
    pub address: SocketAddr,
    task: JoinHandle<io::Result<()>>,
}

impl RunningServer {
    /// Waits until the server has stopped and the requests in flight have been answered.
    pub async fn join(self) -> Result<(), ServeError> {
        match self.task.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(ServeError::Ended(error.to_string())),
            Err(error) => Err(ServeError::Ended(error.to_string())),
        }
    }
}

/// Binds and serves `configure` beside `/livez`, `/readyz` and `/metrics`. When `shutdown` fires, readiness goes off, and
/// after the drain time nothing new is accepted while requests in flight are answered.
///
/// Handlers run on the server's own single-threaded runtimes, which end with the server: give a `tokio::runtime::Handle` to
/// whatever must outlive a request, such as a transaction that a leaving client may not tear apart.
///
/// # Panics
/// Outside a tokio runtime.
pub fn serve<F>(
    settings: &HttpSettings,
    readiness: Readiness,
    shutdown: CancellationToken,
    configure: F,
) -> Result<RunningServer, ServeError>
where
    F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    let asked = settings.address();
    let stopping = shutdown.clone();
    let proxies = Data::new(TrustedProxies(settings.trusted_proxies.clone()));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(proxies.clone())
            .wrap(from_fn(observe::observe))
            .wrap(from_fn(protect::protect))
            .configure(|app| health::configure(app, readiness.clone(), stopping.clone()))
            .configure(&configure)
    })
    .workers(std::thread::available_parallelism().map_or(1, usize::from).min(MAX_WORKERS))
    .keep_alive(KEEP_ALIVE)
    .client_request_timeout(CLIENT_HEAD_TIMEOUT)
    .client_disconnect_timeout(CLIENT_DISCONNECT_TIMEOUT)
    .max_connections(CONNECTIONS_PER_WORKER)
    .backlog(BACKLOG)
    .shutdown_timeout(GRACE_SECONDS)
    .disable_signals()
    .bind(asked)
    .map_err(|source| bind_error(asked, source))?;
    let address = server.addrs().first().copied().unwrap_or(asked);
    let server = server.run();
    tokio::spawn(stop_when_asked(server.handle(), shutdown, settings.drain));
    let task = tokio::spawn(server);
    tracing::info!(%address, "listening");
    Ok(RunningServer { address, task })
}

async fn stop_when_asked(server: ServerHandle, shutdown: CancellationToken, drain: Duration) {
    shutdown.cancelled().await;
    tokio::time::sleep(drain).await;
    server.stop(true).await;
}

fn bind_error(address: SocketAddr, source: io::Error) -> ServeError {
    let remedy = match source.kind() {
        io::ErrorKind::AddrInUse => "stop what listens there, or set GENIACS_HTTP__PORT to a free port",
        io::ErrorKind::PermissionDenied => "set GENIACS_HTTP__PORT to a port above 1023, or grant the right to it",
        io::ErrorKind::AddrNotAvailable => {
            "set GENIACS_HTTP__HOST to an address of this machine, or to 0.0.0.0 for all"
        }
        _ => "correct GENIACS_HTTP__HOST and GENIACS_HTTP__PORT",
    };
    ServeError::Bind { address, source, remedy }
}
