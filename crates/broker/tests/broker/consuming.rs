use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use broker::{Decision, Queue};
use tokio::sync::{Semaphore, mpsc};

use crate::stand::{Stand, collect, eventually, next, number, numbered, quick};

#[tokio::test]
async fn a_message_is_acknowledged_only_after_its_handler() {
    let (stand, proxy) = Stand::behind_a_proxy().await;
    let broker = stand.start().await;
    let gate = Arc::new(Semaphore::new(0));
    let (sender, mut received) = mpsc::unbounded_channel();

    let handler_gate = gate.clone();

    let consumer = broker.consume(Queue::Work, quick("gated"), move |delivery| {
        let _ = sender.send(delivery);
        let gate = handler_gate.clone();
        async move {
            gate.acquire().await.expect("the gate stays").forget();
            Decision::Done
        }
    });

    broker.publish(Queue::Work, &numbered(1)).await.expect("it is confirmed");
    next(&mut received).await;

    // The handler runs, so the message is not acknowledged, and comes again when the connection goes.
    proxy.cut();
    gate.add_permits(1);
    let again = next(&mut received).await;
    assert!(again.redelivered && again.delivery_count == 1, "{again:?}");

    // Now it ends and is acknowledged; a message that was not would be back when the consumer is gone.
    gate.add_permits(100);
    consumer.stop().await;
    assert_eq!(stand.depth(Queue::Work).await, 0);
}

#[tokio::test]
async fn a_message_whose_handler_panics_is_tried_again() {
    let stand = Stand::new();
    let broker = stand.start().await;
    let (sender, mut received) = mpsc::unbounded_channel();

    let _consumer = broker.consume(Queue::Work, quick("panics"), move |delivery| {
        let first = !delivery.redelivered;
        let _ = sender.send(delivery);
        async move {
            assert!(!first, "a handler's bug");
            Decision::Done
        }
    });

    broker.publish(Queue::Work, &numbered(1)).await.expect("it is confirmed");
    assert!(!next(&mut received).await.redelivered);
    assert!(next(&mut received).await.redelivered);
}

#[tokio::test]
async fn a_message_put_off_comes_back_with_its_count() {
    let stand = Stand::new();
    let broker = stand.start().await;
    let (sender, mut received) = mpsc::unbounded_channel();
    let _consumer = broker.consume(Queue::Webhooks, quick("later"), move |delivery| {
        let _ = sender.send(delivery.clone());
        async move { if delivery.delivery_count < 3 { Decision::RetryLater } else { Decision::Done } }
    });
    broker.publish(Queue::Webhooks, &numbered(1)).await.expect("it is confirmed");
    for count in 0..=3 {
        assert_eq!(next(&mut received).await.delivery_count, count);
    }
}

#[tokio::test]
async fn handlers_run_side_by_side_up_to_the_prefetch() {
    let stand = Stand::new();
    let broker = stand.start().await;
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let gate = Arc::new(Semaphore::new(0));
    let mut options = quick("four");
    options.prefetch = 4;

    let shared = (running.clone(), most.clone(), gate.clone());
    let _consumer = broker.consume(Queue::Work, options, move |_| {
        let (running, most, gate) = shared.clone();
        async move {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            gate.acquire().await.expect("the gate stays").forget();
            running.fetch_sub(1, Ordering::SeqCst);
            Decision::Done
        }
    });

    let twelve: Vec<_> = (0..12).map(numbered).collect();
    broker.publish_all(Queue::Work, &twelve).await.expect("all are confirmed");
    eventually("four run", async || running.load(Ordering::SeqCst) == 4).await;
    assert_eq!(stand.depth(Queue::Work).await, 8);

    gate.add_permits(12);
    eventually("all are done", async || {
        running.load(Ordering::SeqCst) == 0 && stand.depth(Queue::Work).await == 0 && gate.available_permits() == 0
    })
    .await;
    assert_eq!(most.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_stop_waits_for_running_handlers_and_leaves_the_rest_in_the_queue() {
    let stand = Stand::new();
    let broker = stand.start().await;
    let gate = Arc::new(Semaphore::new(0));
    let (sender, mut received) = mpsc::unbounded_channel();

    let mut options = quick("stopped");
    options.prefetch = 2;
    let handler_gate = gate.clone();

    let consumer = broker.consume(Queue::Work, options, move |delivery| {
        let _ = sender.send(delivery);
        let gate = handler_gate.clone();
        async move {
            gate.acquire().await.expect("the gate stays").forget();
            Decision::Done
        }
    });

    let ten: Vec<_> = (0..10).map(numbered).collect();
    broker.publish_all(Queue::Work, &ten).await.expect("all are confirmed");
    next(&mut received).await;
    next(&mut received).await;

    let stopping = tokio::spawn(consumer.stop());
    gate.add_permits(10);
    stopping.await.expect("it stops");

    assert!(received.recv().await.is_none(), "nothing is taken after the stop");
    eventually("the rest waits", async || stand.depth(Queue::Work).await == 8).await;
}

#[tokio::test]
async fn a_handler_that_does_not_end_in_time_is_dropped_and_its_message_returns() {
    let stand = Stand::new();
    let broker = stand.start().await;
    let (sender, mut received) = mpsc::unbounded_channel();

    let mut options = quick("hangs");
    options.drain = Duration::from_millis(50);

    let consumer = broker.consume(Queue::Work, options, move |delivery| {
        let _ = sender.send(delivery);
        std::future::pending()
    });

    broker.publish(Queue::Work, &numbered(1)).await.expect("it is confirmed");
    next(&mut received).await;
    consumer.stop().await;

    eventually("the message is back", async || stand.depth(Queue::Work).await == 1).await;
}

#[tokio::test]
async fn a_consumer_whose_queue_was_deleted_comes_back() {
    let stand = Stand::new();
    let broker = stand.start().await;
    let (consumer, mut received) = collect(&broker, Queue::Work);
    consumer.state().wait_for(|state| *state == broker::BrokerState::Connected).await.expect("it consumes");

    let (connection, channel) = stand.by_hand().await;
    let queue = broker.topology().queue(Queue::Work);
    channel.queue_delete(queue.as_str().into(), lapin::options::QueueDeleteOptions::default()).await.expect("deleted");
    connection.close(200, "done".into()).await.expect("it closes");

    eventually("a message counts as sent", async || broker.publish(Queue::Work, &numbered(5)).await.is_ok()).await;
    assert_eq!(number(&next(&mut received).await), 5);
}

#[tokio::test]
async fn a_consumer_that_rabbitmq_forgot_comes_back_and_so_do_the_messages_it_swallowed() {
    let stand = Stand::new();
    let broker = stand.start().await;
    let (consumer, mut received) = collect(&broker, Queue::Work);
    eventually("it consumes", async || consumer.is_connected()).await;

    let (connection, channel) = stand.by_hand().await;
    let queue = broker.topology().queue(Queue::Work);
    channel.queue_delete(queue.as_str().into(), lapin::options::QueueDeleteOptions::default()).await.expect("deleted");
    stand.declare_work_by_hand(&channel).await;
    connection.close(200, "done".into()).await.expect("it closes");

    let twenty: Vec<_> = (0..20).map(numbered).collect();
    broker.publish_all(Queue::Work, &twenty).await.expect("all are confirmed");
    let mut arrived = std::collections::BTreeSet::new();
    while arrived.len() < 20 {
        arrived.insert(number(&next(&mut received).await));
    }
}
