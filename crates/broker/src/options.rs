//! How to reach the broker, and how long to wait for it.

use std::time::Duration;

use secrecy::SecretString;

/// How to reach the broker, and how long to wait for it. The defaults are those of the design; tests shorten them.
#[derive(Debug, Clone)]
pub struct BrokerOptions {
    /// `amqp://user:password@host:port/vhost`, or `amqps://…`. Never shown.
    pub url: SecretString,
    /// Put before the name of the exchange and of every queue, so that two stacks, or two tests, can share a server.
    pub prefix: String,
    /// The name of the process in RabbitMQ's list of connections.
    pub name: String,
    /// For a connection with its handshake; 5 s.
    pub connect_timeout: Duration,
    /// For everything after that: a declaration, a confirm, an acknowledgement; 5 s.
    pub operation_timeout: Duration,
    /// How often either side shows that it is there; 10 s, and an outage is noticed within two.
    pub heartbeat: Duration,
    /// The longest wait between two attempts to connect; 5 s.
    pub backoff_max: Duration,
    /// How long a publish waits for a connection that is just coming back before it fails; 100 ms.
    pub publish_grace: Duration,
    /// How long publishing goes on after the shutdown began, so that handlers can end properly; 15 s.
    pub linger: Duration,
}

impl BrokerOptions {
    /// Options with the defaults of the design.
    pub fn new(url: impl Into<SecretString>, prefix: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            prefix: prefix.into(),
            name: "geniacs".into(),
            connect_timeout: Duration::from_secs(5),
            operation_timeout: Duration::from_secs(5),
            heartbeat: Duration::from_secs(10),
            backoff_max: Duration::from_secs(5),
            publish_grace: Duration::from_millis(100),
            linger: Duration::from_secs(15),
        }
    }
}
