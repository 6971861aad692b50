//! A bare loop of confirmed publishes: persistent messages of a webhook's size into a quorum queue, over one connection.

use crate::drive::Caller;
use anyhow::{Context, bail};
use lapin::options::{
    BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions, QueueDeleteOptions, QueuePurgeOptions,
};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties};
use std::sync::Arc;

const PERSISTENT: u8 = 2;

/// A queue of its own, and the channel to it.
pub(super) struct Publishers {
    connection: Connection,
    channel: Channel,
    queue: ShortString,
}

impl Publishers {
    pub(super) async fn open() -> anyhow::Result<Self> {
        let url = std::env::var("AMQP_URL").context("AMQP_URL names a RabbitMQ; run `make bench`")?;
        let connection = Connection::connect(&url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        let queue = ShortString::try_new(format!("bench-{}", uuid::Uuid::new_v4().simple()))?;
        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
        channel.queue_declare(queue.clone(), QueueDeclareOptions::durable(), arguments).await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(Self { connection, channel, queue })
    }

    pub(super) fn callers(&self, count: usize) -> Vec<Publisher> {
        let body: Arc<[u8]> = vec![b'x'; super::BODY].into();
        (0..count)
            .map(|_| Publisher { channel: self.channel.clone(), queue: self.queue.clone(), body: body.clone() })
            .collect()
    }

    pub(super) async fn purge(&self) -> anyhow::Result<()> {
        self.channel.queue_purge(self.queue.clone(), QueuePurgeOptions::default()).await?;
        Ok(())
    }

    pub(super) async fn delete(self) -> anyhow::Result<()> {
        self.channel.queue_delete(self.queue, QueueDeleteOptions::default()).await?;
        self.connection.close(200, "done".into()).await?;
        Ok(())
    }
}

/// One that waits for each confirm.
pub(super) struct Publisher {
    channel: Channel,
    queue: ShortString,
    body: Arc<[u8]>,
}

impl Caller for Publisher {
    async fn call(&mut self, _: u64) -> anyhow::Result<()> {
        let properties = BasicProperties::default().with_delivery_mode(PERSISTENT);
        let options = BasicPublishOptions { mandatory: true, immediate: false };
        let exchange = ShortString::default();
        let sent = self.channel.basic_publish(exchange, self.queue.clone(), options, &self.body, properties).await?;
        match sent.await? {
            Confirmation::Ack(None) => Ok(()),
            other => bail!("a message was not taken: {other:?}"),
        }
    }
}
