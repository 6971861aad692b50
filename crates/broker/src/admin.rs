//! Questions that tests, the doctor and metrics ask a server, each over a connection of its own.

use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;

use crate::connector::{ConnectError, Link};
use crate::topology::short_name;
use crate::{BrokerOptions, Queue, Topology};

/// Deletes the exchange and the queues under the options' prefix, with all that is in them.
pub async fn delete_all(options: &BrokerOptions) -> Result<(), ConnectError> {
    let topology = Topology::new(&options.prefix)?;
    let link = Link::open(options, "delete").await?;
    let channel = link.channel().await?;
    let deleted = topology.delete(&channel, options.operation_timeout).await;
    link.close().await;
    Ok(deleted?)
}

/// How many messages wait in a queue; those that a consumer holds are not counted.
pub async fn queue_depth(options: &BrokerOptions, queue: Queue) -> Result<u32, ConnectError> {
    let topology = Topology::new(&options.prefix)?;
    let link = Link::open(options, "depth").await?;
    let channel = link.channel().await?;
    let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::durable() };
    let found =
        link.bounded(channel.queue_declare(short_name(&topology.queue(queue)), passive, FieldTable::default())).await;
    link.close().await;
    Ok(found?.message_count())
}
