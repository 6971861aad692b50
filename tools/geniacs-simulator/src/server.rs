//! Starting and stopping.

use crate::app::App;
use crate::seed::{Everything, seed_everything};
use crate::{Config, connection, routes};
use actix_web::dev::ServerHandle;
use actix_web::{HttpServer, web};
use std::net::SocketAddr;
use std::time::Duration;

/// Why a simulator does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken or not this machine's.
    #[error("cannot listen on {address}: {cause}; stop what uses it, or choose another port")]
    Listen {
        /// Where it was to listen.
        address: SocketAddr,
        /// Why not.
        cause: std::io::Error,
    },
    /// Webhooks could not be sent.
    #[error("the HTTP client for webhooks cannot be set up: {0}")]
    Client(#[from] reqwest::Error),
}

/// Makes simulators.
pub struct Simulator;

/// A simulator at work; it ends with this value.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// The partner API, for an integration's `endpoint_url`; ends in `/v1`.
    pub base_url: String,
    /// The admin API; ends in `/admin`.
    pub admin_url: String,
    handle: ServerHandle,
    server: Option<tokio::task::JoinHandle<std::io::Result<()>>>,
}

impl Simulator {
    /// Starts a simulator on the current tokio runtime and on threads of its own. It answers once this returns, with
    /// all the records that the settings ask for.
    /// Panics outside a tokio runtime.
    pub fn start(config: Config) -> Result<Running, StartError> {
        let address = SocketAddr::new(config.bind, config.port);
        let listen = |cause| StartError::Listen { address, cause };

        let listener = std::net::TcpListener::bind(address).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;

        let workers = config.workers.max(1);
        let order = Everything { customers: config.customers, seed: None };
        let app = web::Data::new(App::new(config, webhook_client()?));

        if order.customers > 0 {
            seed_everything(&app, order);
        }

        let server =
            HttpServer::new(move || actix_web::App::new().app_data(app.clone()).configure(routes::configure_routes))
                .on_connect(connection::keep_handle)
                .workers(workers)
                .backlog(4096)
                .keep_alive(Duration::from_mins(2))
                .disable_signals()
                .shutdown_timeout(1)
                .listen(listener)
                .map_err(listen)?
                .run();

        Ok(Running {
            address,
            base_url: format!("http://{address}/v1"),
            admin_url: format!("http://{address}/admin"),
            handle: server.handle(),
            server: Some(tokio::spawn(server)),
        })
    }
}

impl Running {
    /// Stops and waits for the end. Requests under way are dropped.
    pub async fn stop(mut self) {
        self.handle.stop(false).await;
        if let Some(server) = self.server.take() {
            let _ = server.await;
        }
    }

    /// Waits until the simulator ends by itself, which it does only by a fault of its own.
    pub async fn ended(&mut self) -> std::io::Result<()> {
        match self.server.as_mut() {
            Some(server) => server.await.unwrap_or_else(|error| Err(std::io::Error::other(error))),
            None => Ok(()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The command is sent at once; only its completion would have to be awaited.
        drop(self.handle.stop(false));
    }
}

fn webhook_client() -> Result<reqwest::Client, reqwest::Error> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error means that another thread was quicker, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }

    reqwest::Client::builder()
        .user_agent("Geniacs-Webhooks/1.0")
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .tcp_nodelay(true)
        .timeout(Duration::from_secs(30))
        .pool_max_idle_per_host(256)
        .build()
}
