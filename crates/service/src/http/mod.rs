//! The HTTP server of a service: bound, limited, observed and stopped alike everywhere.

mod budget;
mod client;
mod connection;
mod head;
mod observe;
mod protect;
mod request_id;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_connections;

use std::future::ready;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_http::{HttpService, KeepAlive, Protocol};
use actix_server::{Server, ServerHandle};
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::dev::AppConfig;
use actix_web::middleware::from_fn;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{App, Error};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::health::{self, Readiness};
use crate::settings::HttpSettings;
pub use budget::{BodyBudget, HeldBody, NoRoom};
use client::TrustedProxies;
pub use client::{Client, client, network_of};
use connection::{Admission, HEAD_TIMEOUT, KEEP_ALIVE, Watched, ended};
pub use protect::page_policy;
pub use request_id::{REQUEST_ID, request_id};

const CLIENT_DISCONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// The time that requests in flight get at a stop, within the 15 s of the whole service.
const GRACE_SECONDS: u64 = 10;
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
    let proxies = Arc::new(TrustedProxies(settings.trusted_proxies.clone()));
    let bodies = Data::new(BodyBudget::new(settings.body_memory));
    let connections = connection::possible_connections(settings.connections);
    let admission = Admission::new(connections, settings.connections_per_address, proxies.clone());
    let listener = listen_at(asked).map_err(|source| bind_error(asked, source))?;
    let address = listener.local_addr().map_err(|source| bind_error(asked, source))?;

    let app = move || {
        App::new()
            .app_data(Data::from(proxies.clone()))
            .app_data(bodies.clone())
            .wrap(from_fn(head::answer_head))
            .wrap(from_fn(observe::observe_request))
            .wrap(from_fn(protect::protect_answer))
            .wrap(from_fn(connection::follow_answer))
            .configure(|app| health::configure_health(app, readiness.clone(), stopping.clone()))
            .configure(&configure)
    };

    let server = Server::build()
        .workers(std::thread::available_parallelism().map_or(1, usize::from).min(MAX_WORKERS))
        // Admission counts the connections of all threads together.
        .max_concurrent_connections(usize::MAX)
        .shutdown_timeout(GRACE_SECONDS)
        .disable_signals();
    let stop = server.graceful_shutdown_signal();
    let server = server
        .listen("http", listener, move || {
            let (admission, stop) = (admission.clone(), stop.clone());
            let http = HttpService::build()
                .graceful_shutdown_signal(move || {
                    let stop = stop.clone();
                    async move { stop.notified().await }
                })
                .keep_alive(KeepAlive::Timeout(KEEP_ALIVE))
                .client_request_timeout(HEAD_TIMEOUT)
                .client_disconnect_timeout(CLIENT_DISCONNECT_TIMEOUT)
                .on_connect_ext(|stream: &Watched, extensions| {
                    extensions.insert(stream.stage());
                })
                .finish(map_config(app().into_factory().map_err(|error: Error| error.error_response()), |()| {
                    AppConfig::default()
                }))
                .map_err(|error| ended::note_failed(&error));
            fn_service(move |stream: TcpStream| ready(accept_connection(stream, &admission))).and_then(http)
        })
        .map_err(|source| bind_error(asked, source))?
        .run();
    tokio::spawn(stop_when_asked(server.handle(), shutdown, settings.drain));
    let task = tokio::spawn(server);
    tracing::info!(%address, "listening");
    Ok(RunningServer { address, task })
}

/// Where connections arrive.
fn listen_at(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A service that is started again need not wait for the connections of the one before.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// Lets a connection in, with what the HTTP service needs to know of it.
fn accept_connection(stream: TcpStream, admission: &Admission) -> Result<(Watched, Protocol, Option<SocketAddr>), ()> {
    let peer = stream.peer_addr().ok();
    let permit = admission.admit(peer.map(|peer| peer.ip())).map_err(ended::note_refused)?;
    // Answers leave at once; waiting for more of them would delay each event of a stream.
    let _ = stream.set_nodelay(true);
    Ok((Watched::new(stream, permit), Protocol::Http1, peer))
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
