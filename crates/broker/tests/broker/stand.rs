//! The ground of every test: a prefix of its own, and everything deleted at the end, however the test ends.

use std::time::Duration;

use broker::{Broker, BrokerOptions, ConsumeOptions, Consumer, Decision, Delivery, Queue};
use lapin::options::{QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::uri::AMQPUri;
use lapin::{Channel, Connection, ConnectionProperties};
use messages::Message;
use messages::v1::WebhookDelivery;
use test_support::proxy::Proxy;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// Long, because the machine may be busy; a test that passes never waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn server_url() -> String {
    std::env::var("AMQP_URL")
        .expect("AMQP_URL is not set: these tests need a RabbitMQ; run `make test`, which starts one")
}

pub(crate) struct Stand {
    pub(crate) options: BrokerOptions,
    pub(crate) shutdown: CancellationToken,
    direct: BrokerOptions,
}

impl Stand {
    /// Straight to the server.
    pub(crate) fn new() -> Self {
        let prefix = format!("test-{}-", uuid::Uuid::now_v7().simple());
        let mut options = BrokerOptions::new(server_url(), prefix);
        options.name = "test".into();
        options.backoff_max = Duration::from_millis(200);
        options.linger = Duration::from_millis(200);
        Self { direct: options.clone(), options, shutdown: CancellationToken::new() }
    }

    /// Through a proxy that can be told to misbehave.
    pub(crate) async fn behind_a_proxy() -> (Self, Proxy) {
        let mut stand = Self::new();
        let mut uri: AMQPUri = server_url().parse().expect("AMQP_URL is an AMQP address");
        let upstream = format!("{}:{}", uri.authority.host, uri.authority.port);
        let proxy = Proxy::start(upstream).await.expect("a port is free");
        uri.authority.host = proxy.address().ip().to_string();
        uri.authority.port = proxy.address().port();
        stand.options.url = uri.to_string().into();
        (stand, proxy)
    }

    pub(crate) async fn start(&self) -> Broker {
        let broker = Broker::start(self.options.clone(), self.shutdown.clone()).expect("the prefix is short");
        broker.connected().await;
        broker
    }

    /// How many messages wait, asked without the proxy.
    pub(crate) async fn depth(&self, queue: Queue) -> u32 {
        broker::queue_depth(&self.direct, queue).await.expect("the queue can be asked")
    }

    /// A channel for what only hands do.
    pub(crate) async fn by_hand(&self) -> (Connection, Channel) {
        let connection =
            Connection::connect(&server_url(), ConnectionProperties::default()).await.expect("RabbitMQ is there");
        let channel = connection.create_channel().await.expect("a channel opens");
        (connection, channel)
    }

    /// The work queue with its binding, at once: what another process may do after a deletion.
    pub(crate) async fn declare_work_by_hand(&self, channel: &Channel) {
        let name = |name: &str| format!("{}{name}", self.options.prefix);
        let text = |value: &str| AMQPValue::LongString(value.into());

        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), text("quorum"));
        arguments.insert("x-delivery-limit".into(), AMQPValue::LongInt(50));
        arguments.insert("x-dead-letter-strategy".into(), text("at-least-once"));
        arguments.insert("x-overflow".into(), text("reject-publish"));
        arguments.insert("x-dead-letter-exchange".into(), text(&name("geniacs")));
        arguments.insert("x-dead-letter-routing-key".into(), text(&name("dead-letters")));

        let (exchange, queue) = (name("geniacs"), name("work"));
        let declared = channel.queue_declare(queue.as_str().into(), QueueDeclareOptions::durable(), arguments);
        declared.await.expect("it is declared as the topology says");

        let (queue, options) = (queue.as_str(), QueueBindOptions::default());
        let bound =
            channel.queue_bind(queue.into(), exchange.as_str().into(), queue.into(), options, FieldTable::default());
        bound.await.expect("it is bound");
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        self.shutdown.cancel();
        let options = self.direct.clone();
        let deleting = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async { broker::delete_all(&options).await.expect("the test's queues can be deleted") });
        });
        let deleted = deleting.join();
        assert!(deleted.is_ok() || std::thread::panicking(), "the test's queues are left behind");
    }
}

pub(crate) fn quick(name: &str) -> ConsumeOptions {
    let mut options = ConsumeOptions::new(name);
    options.retry_delay = Duration::from_millis(10);
    options.retry_delay_max = Duration::from_millis(50);
    options.check_every = Duration::from_millis(200);
    options
}

/// A consumer that passes on what it gets and is done with it.
pub(crate) fn collect(broker: &Broker, queue: Queue) -> (Consumer, mpsc::UnboundedReceiver<Delivery>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let consumer = broker.consume(queue, quick("collect"), move |delivery| {
        let _ = sender.send(delivery);
        async { Decision::Done }
    });
    (consumer, receiver)
}

/// A message that can be told from others.
pub(crate) fn numbered(number: usize) -> Message {
    Message::WebhookDelivery(WebhookDelivery { dedupe_key: number.to_string(), ..WebhookDelivery::default() })
}

pub(crate) fn number(delivery: &Delivery) -> usize {
    let Message::WebhookDelivery(webhook) = &delivery.message else { panic!("{delivery:?}") };
    webhook.dedupe_key.parse().expect("it is a numbered message")
}

/// Waits until something holds.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < deadline, "it never happened: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// The next delivery, which must come.
pub(crate) async fn next(receiver: &mut mpsc::UnboundedReceiver<Delivery>) -> Delivery {
    tokio::time::timeout(PATIENCE, receiver.recv()).await.expect("a delivery comes").expect("the consumer lives")
}
