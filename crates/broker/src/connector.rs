//! One connection, with its handshake bounded in time, and its end certain.

use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lapin::protocol::{AMQPErrorKind, AMQPHardError, AMQPSoftError};
use lapin::tcp::{AsyncTcpStream, OwnedTLSConfig};
use lapin::uri::{AMQPScheme, AMQPUri};
use lapin::{Channel, Connection, ConnectionProperties, ErrorKind};
use secrecy::ExposeSecret;
use tokio::time::timeout;

use crate::{BrokerOptions, Topology, TopologyError};

/// Why there is no connection. No variant shows the address's user or password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address cannot be read.
    #[error("AMQP_URL is not an AMQP address; it should look like amqp://user:password@host:5672/%2f")]
    InvalidUrl,
    /// Nothing listens there, or the way there is closed.
    #[error("cannot reach RabbitMQ at {at}: {source}. Is it running, and is AMQP_URL right?")]
    Unreachable {
        /// Host and port.
        at: String,
        /// What the client library says.
        source: lapin::Error,
    },
    /// Something listens, but does not speak in time.
    #[error(
        "RabbitMQ at {at} did not complete a connection within {after:?}. It may be starting, paused or overloaded"
    )]
    TimedOut {
        /// Host and port.
        at: String,
        /// How long was waited.
        after: Duration,
    },
    /// User or password are wrong.
    #[error("RabbitMQ at {at} refused the user or the password. Check both in AMQP_URL")]
    Credentials {
        /// Host and port.
        at: String,
    },
    /// The virtual host does not exist, or the user may not use it.
    #[error(
        "RabbitMQ at {at} refused the virtual host `{vhost}`. Create it or allow the user there; the default is %2f"
    )]
    VirtualHost {
        /// Host and port.
        at: String,
        /// What was asked for.
        vhost: String,
    },
    /// Connected, but the queues are not as they must be.
    #[error(transparent)]
    Topology(#[from] TopologyError),
    /// Anything else that the server or the client library had to say.
    #[error("the connection to RabbitMQ at {at} failed: {source}")]
    Failed {
        /// Host and port.
        at: String,
        /// What the client library says.
        source: lapin::Error,
    },
}

impl ConnectError {
    /// Whether it may go away by itself. A queue that was deleted a moment ago is declared with an internal error.
    pub const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::TimedOut { .. }
                | Self::Failed { .. }
                | Self::Topology(TopologyError::TimedOut(..) | TopologyError::Failed { .. })
        )
    }
}

/// The socket below a connection, kept to end it for certain: the library's thread waits for it without a limit.
type Socket = Arc<Mutex<Option<TcpStream>>>;

/// A connection that is cut when it is dropped.
pub(crate) struct Link {
    pub(crate) connection: Connection,
    at: String,
    limit: Duration,
    _cut: CutOnDrop,
}

struct CutOnDrop(Socket);

impl Drop for CutOnDrop {
    fn drop(&mut self) {
        if let Some(socket) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

impl Link {
    /// Connects, without retry. `role` tells this process's connections apart in RabbitMQ's list.
    pub(crate) async fn open(options: &BrokerOptions, role: &str) -> Result<Self, ConnectError> {
        let mut uri: AMQPUri = options.url.expose_secret().parse().map_err(|_| ConnectError::InvalidUrl)?;
        uri.query.heartbeat.get_or_insert(u16::try_from(options.heartbeat.as_secs()).unwrap_or(u16::MAX).max(1));
        let at = format!("{}:{}", uri.authority.host, uri.authority.port);

        let cut = CutOnDrop(Socket::default());
        let properties =
            ConnectionProperties::default().with_connection_name(format!("{} {role}", options.name).into());

        let connecting = open_connection(uri.clone(), properties, cut.0.clone(), options.connect_timeout);
        match timeout(options.connect_timeout, connecting).await {
            Ok(Ok(connection)) => Ok(Self { connection, at, limit: options.operation_timeout, _cut: cut }),
            Ok(Err(error)) => Err(explain_connection(error, &uri, at, options.connect_timeout)),
            Err(_) => Err(ConnectError::TimedOut { at, after: options.connect_timeout }),
        }
    }

    pub(crate) async fn channel(&self) -> Result<Channel, ConnectError> {
        self.bounded(self.connection.create_channel()).await
    }

    /// Declares the topology on a channel of its own, since a refusal closes the channel.
    pub(crate) async fn declare(&self, topology: &Topology) -> Result<(), ConnectError> {
        let channel = self.channel().await?;
        topology.declare(&channel, self.limit).await?;
        let _ = timeout(self.limit, channel.close(200, "declared".into())).await;
        Ok(())
    }

    pub(crate) async fn bounded<T>(
        &self,
        operation: impl Future<Output = lapin::Result<T>>,
    ) -> Result<T, ConnectError> {
        match timeout(self.limit, operation).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(source)) => Err(ConnectError::Failed { at: self.at.clone(), source }),
            Err(_) => Err(ConnectError::TimedOut { at: self.at.clone(), after: self.limit }),
        }
    }

    /// Says goodbye, and cuts the connection in any case.
    pub(crate) async fn close(self) {
        let _ = timeout(self.limit, self.connection.close(200, "done".into())).await;
    }
}

/// Opens the socket ourselves: with a limit, without Nagle's delay, and with a second handle to cut it by.
async fn open_connection(
    uri: AMQPUri,
    properties: ConnectionProperties,
    socket: Socket,
    limit: Duration,
) -> lapin::Result<Connection> {
    let runtime = lapin::runtime::default_runtime()?;
    Connection::connector(
        uri,
        runtime,
        async move |uri, runtime| {
            let opening = async {
                let addresses = runtime.to_socket_addrs((uri.authority.host.clone(), uri.authority.port));
                let stream = AsyncTcpStream::connect(&runtime, addresses).await?;
                // With a second handle to the socket a connection can be cut although the library's thread waits for it.
                if let AsyncTcpStream::Plain(plain) = &stream {
                    // Small messages must not wait for company.
                    plain.get_ref().set_nodelay(true)?;
                    let handle = TcpStream::from(plain.get_ref().as_fd().try_clone_to_owned()?);
                    *socket.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle);
                }

                match uri.scheme {
                    AMQPScheme::AMQP => Ok(stream),
                    AMQPScheme::AMQPS => stream.into_tls(&uri.authority.host, OwnedTLSConfig::default().as_ref()).await,
                }
            };
            Ok(timeout(limit, opening).await.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))?)
        },
        properties,
    )
    .await
}

fn explain_connection(error: lapin::Error, uri: &AMQPUri, at: String, after: Duration) -> ConnectError {
    match error.kind() {
        ErrorKind::IOError(io) if io.kind() == std::io::ErrorKind::TimedOut => ConnectError::TimedOut { at, after },
        ErrorKind::IOError(_) => ConnectError::Unreachable { at, source: error },
        ErrorKind::ProtocolError(refusal) => match refusal.kind() {
            AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED) => ConnectError::Credentials { at },
            AMQPErrorKind::Hard(AMQPHardError::NOTALLOWED) => {
                ConnectError::VirtualHost { at, vhost: uri.vhost.clone() }
            }
            _ => ConnectError::Failed { at, source: error },
        },
        _ => ConnectError::Failed { at, source: error },
    }
}
