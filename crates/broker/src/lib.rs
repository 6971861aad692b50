//! RabbitMQ, as this project uses it: it wakes and fans out, and the database decides.
//!
//! - [`Topology`] is the exchange and the queues as data, declared again after every outage.
//! - [`Broker`] publishes. A message counts as sent when RabbitMQ confirmed it and did not return it.
//! - [`Broker::consume`] runs a handler per message; its [`Decision`] says what becomes of the message.
//!   [`Broker::consume_batches`] runs one for all messages at hand.
//!
//! Publishing and every consumer have a connection of their own, because RabbitMQ stops reading a connection that
//! publishes during a memory alarm, acknowledgements included. Each connection has a supervisor that builds
//! connection, channel, topology and consumer anew after any outage; nothing here outlives a connection, and no
//! acknowledgement goes to another channel than the delivery's. Every operation has a timeout.
//!
//! **One more queue**: a variant of [`Queue`], its name and its arguments in `topology.rs`. Arguments of a queue that
//! exists never change: new arguments, new name.

mod admin;
mod backoff;
mod batches;
mod broker;
mod connector;
mod consumer;
mod consuming;
mod delivery;
mod envelope;
mod handling;
mod inspector;
mod metrics;
mod options;
mod publish_session;
mod publisher;
pub mod relay;
mod topology;
mod trace;
mod watchdog;

pub use admin::{delete_all, queue_depth};
pub use batches::Batch;
pub use broker::{Broker, BrokerState};
pub use connector::ConnectError;
pub use consumer::{ConsumeOptions, Consumer};
pub use delivery::{Death, Decision, Delivery, Unreadable};
pub use envelope::RawMessage;
pub use inspector::{Inspector, QueueStanding, Standing};
pub use options::BrokerOptions;
pub use publisher::PublishError;
pub use topology::{Queue, Topology, TopologyError};
