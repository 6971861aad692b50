use std::time::{Duration, Instant};

use broker::{Broker, BrokerOptions, PublishError, Queue, RawMessage};
use lapin::options::{ExchangeDeleteOptions, QueueDeleteOptions};
use lapin::types::FieldTable;
use messages::Message;
use messages::v1::WakeReason;
use tokio_util::sync::CancellationToken;

use crate::stand::{Stand, collect, eventually, next, numbered};

async fn unbind(stand: &Stand, queue: &str) {
    let (exchange, queue) = (format!("{}geniacs", stand.options.prefix), format!("{}{queue}", stand.options.prefix));
    let (connection, channel) = stand.by_hand().await;
    let name = queue.as_str();
    let unbound = channel.queue_unbind(name.into(), exchange.as_str().into(), name.into(), FieldTable::default());
    unbound.await.expect("the binding is there");
    connection.close(200, "done".into()).await.expect("it closes");
}

#[tokio::test]
async fn a_published_message_arrives_as_it_was_sent() -> Result<(), PublishError> {
    let stand = Stand::new();
    let broker = stand.start().await;
    let (_consumer, mut received) = collect(&broker, Queue::Work);
    broker.publish(Queue::Work, &Message::work(WakeReason::Scheduled)).await?;
    let delivery = next(&mut received).await;
    assert_eq!(delivery.message, Message::work(WakeReason::Scheduled));
    assert!(!delivery.redelivered && delivery.delivery_count == 0);
    Ok(())
}

#[tokio::test]
async fn a_message_that_no_queue_took_is_not_sent_and_everything_is_declared_again() -> Result<(), PublishError> {
    let stand = Stand::new();
    let broker = stand.start().await;
    unbind(&stand, "work").await;
    let first = broker.publish(Queue::Work, &numbered(1)).await;
    assert!(matches!(first, Err(PublishError::Returned("work"))), "{first:?}");
    broker.publish(Queue::Work, &numbered(2)).await?;
    eventually("one message waits", async || stand.depth(Queue::Work).await == 1).await;
    Ok(())
}

#[tokio::test]
async fn among_many_confirms_no_returned_message_counts_as_sent() {
    let stand = Stand::new();
    let broker = stand.start().await;
    for _ in 0..5 {
        unbind(&stand, "webhooks").await;
        let before = (stand.depth(Queue::Work).await, stand.depth(Queue::Webhooks).await);
        let queue_of = |number: usize| if number.is_multiple_of(3) { Queue::Webhooks } else { Queue::Work };
        let batch = (0..300).map(|number| (queue_of(number), RawMessage::of(&numbered(number)))).collect();
        let outcomes = broker.publish_raw_all(batch).await;

        let sent = |queue| (0..300).filter(|n| queue_of(*n) == queue && outcomes[*n].is_ok()).count();
        assert!(outcomes.iter().any(|outcome| matches!(outcome, Err(PublishError::Returned(_)))));
        eventually("all that counts as sent is there", async || {
            let (work, webhooks) = (stand.depth(Queue::Work).await, stand.depth(Queue::Webhooks).await);
            (work - before.0) as usize >= sent(Queue::Work) && (webhooks - before.1) as usize >= sent(Queue::Webhooks)
        })
        .await;
    }
}

#[tokio::test]
async fn an_exchange_and_a_queue_deleted_by_hand_are_declared_again() {
    let stand = Stand::new();
    let broker = stand.start().await;
    let (connection, channel) = stand.by_hand().await;
    let queue = format!("{}work", stand.options.prefix);
    channel.queue_delete(queue.as_str().into(), QueueDeleteOptions::default()).await.expect("it is there");

    let exchange = broker.topology().exchange();
    channel.exchange_delete(exchange.as_str().into(), ExchangeDeleteOptions::default()).await.expect("it is there");
    connection.close(200, "done".into()).await.expect("it closes");

    eventually("a message counts as sent", async || broker.publish(Queue::Work, &numbered(1)).await.is_ok()).await;
    eventually("it waits in the queue", async || stand.depth(Queue::Work).await == 1).await;
}

#[tokio::test]
async fn many_tasks_publish_at_once() {
    let stand = Stand::new();
    let broker = stand.start().await;

    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..200 {
        let broker = broker.clone();
        tasks.spawn(async move { broker.publish(Queue::Work, &numbered(number)).await });
    }

    for outcome in tasks.join_all().await {
        outcome.expect("it is confirmed");
    }

    let more: Vec<_> = (0..100).map(numbered).collect();
    broker.publish_all(Queue::Work, &more).await.expect("all are confirmed");
    eventually("all wait in the queue", async || stand.depth(Queue::Work).await == 300).await;
}

#[tokio::test]
async fn publishing_without_a_broker_fails_at_once() {
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).and_then(|l| l.local_addr()).expect("a port is free");
    let shutdown = CancellationToken::new();
    let options = BrokerOptions::new(format!("amqp://{free}"), "");
    let broker = Broker::start(options, shutdown.clone()).expect("the prefix is short");

    let asked = Instant::now();
    let outcome = broker.publish(Queue::Work, &numbered(1)).await;
    assert!(matches!(outcome, Err(PublishError::NotConnected)), "{outcome:?}");
    assert!(asked.elapsed() < Duration::from_secs(1));
    assert!(!broker.is_connected());

    shutdown.cancel();
    broker.closed().await;
}

#[tokio::test]
async fn a_message_asked_for_before_the_shutdown_still_goes_out() -> Result<(), PublishError> {
    let mut stand = Stand::new();
    stand.options.linger = Duration::from_mins(1);
    let broker = stand.start().await;
    stand.shutdown.cancel();
    broker.publish(Queue::Work, &numbered(1)).await?;
    // The last handle goes, so nothing has to be waited for.
    broker.closed().await;
    eventually("it waits in the queue", async || stand.depth(Queue::Work).await == 1).await;
    Ok(())
}
