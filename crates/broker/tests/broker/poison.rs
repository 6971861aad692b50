//! Messages that cannot be handled, and those that suffer with them.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use broker::{Broker, Decision, Queue, RawMessage};
use lapin::BasicProperties;
use lapin::options::BasicPublishOptions;
use messages::{CONTENT_TYPE, Message};
use test_support::proxy::Proxy;
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::stand::{Stand, collect, eventually, next, number, numbered, quick};

/// The message that ends whoever handles it.
const KILLER: usize = 0;

#[tokio::test]
async fn a_message_given_up_is_among_the_dead_letters() {
    let stand = Stand::new();
    let broker = stand.start().await;
    let _consumer = broker.consume(Queue::Webhooks, quick("gives-up"), |_| async {
        Decision::DeadLetter { reason: "its integration is gone".into() }
    });
    broker.publish(Queue::Webhooks, &numbered(3)).await.expect("it is confirmed");
    let (_dead, mut dead_letters) = collect(&broker, Queue::DeadLetters);
    assert_eq!(number(&next(&mut dead_letters).await), 3);
}

#[tokio::test]
async fn an_undecodable_message_is_dead_lettered_and_the_next_one_is_handled() {
    let stand = Stand::new();
    let broker = stand.start().await;
    let unknown_type = RawMessage { type_name: "Surprise".into(), payload: vec![], headers: [].into() };
    let malformed = RawMessage { type_name: Message::NAMES[2].into(), payload: vec![0xff; 9], headers: [].into() };
    broker.publish_raw(Queue::Work, unknown_type).await.expect("it is confirmed");
    broker.publish_raw(Queue::Work, malformed).await.expect("it is confirmed");

    let (connection, channel) = stand.by_hand().await;
    for properties in [BasicProperties::default(), BasicProperties::default().with_content_type(CONTENT_TYPE.into())] {
        let (exchange, queue) = (broker.topology().exchange(), broker.topology().queue(Queue::Work));
        let options = BasicPublishOptions::default();
        let published =
            channel.basic_publish(exchange.as_str().into(), queue.as_str().into(), options, b"by hand", properties);
        published.await.expect("it is written");
    }
    connection.close(200, "done".into()).await.expect("it closes");

    broker.publish(Queue::Work, &numbered(4)).await.expect("it is confirmed");

    let (_consumer, mut received) = collect(&broker, Queue::Work);
    assert_eq!(number(&next(&mut received).await), 4);
    eventually("four are dead letters", async || stand.depth(Queue::DeadLetters).await == 4).await;
    assert!(received.is_empty());
}

#[tokio::test]
async fn a_message_that_came_back_is_handled_alone() {
    let stand = Stand::new();
    let broker = stand.start().await;
    let running = Arc::new(AtomicUsize::new(0));
    let (sender, mut seen) = mpsc::unbounded_channel();

    let _consumer = broker.consume(Queue::Work, quick("alone"), move |delivery| {
        let (running, sender) = (running.clone(), sender.clone());
        async move {
            running.fetch_add(1, Ordering::SeqCst);
            sleep(Duration::from_millis(5)).await;
            let beside = running.fetch_sub(1, Ordering::SeqCst) - 1;
            if !delivery.redelivered {
                return Decision::RetryLater;
            }
            let _ = sender.send(beside);
            Decision::Done
        }
    });

    let six: Vec<_> = (0..6).map(numbered).collect();
    broker.publish_all(Queue::Work, &six).await.expect("all are confirmed");
    for _ in 0..6 {
        let beside = tokio::time::timeout(Duration::from_secs(30), seen.recv()).await.expect("they come back");
        assert_eq!(beside, Some(0));
    }
}

/// One process: it takes messages until the killer's turn comes, and is gone with its connections. In its first life
/// every message hangs, so that all eight are at hand when it dies.
async fn live(stand: &Stand, proxy: &Proxy, first: bool, done: &Arc<Mutex<BTreeSet<usize>>>) {
    let (sender, mut begun) = mpsc::unbounded_channel();
    let life = CancellationToken::new();
    let worker = Broker::start(stand.options.clone(), life.clone()).expect("the prefix is short");

    let mut options = quick("dies");
    options.drain = Duration::ZERO;

    let done = done.clone();
    let consumer = worker.consume(Queue::Work, options, move |delivery| {
        let (number, sender, done) = (number(&delivery), sender.clone(), done.clone());
        async move {
            let _ = sender.send(number);
            if first || number == KILLER {
                std::future::pending::<()>().await;
            }
            done.lock().expect("no test panics with it").insert(number);
            Decision::Done
        }
    });

    let fatal = async {
        let mut at_hand = BTreeSet::new();
        while let Some(number) = begun.recv().await {
            at_hand.insert(number);
            if at_hand.len() == 8 || (number == KILLER && !first) {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), fatal).await.expect("the killer comes");

    proxy.cut();
    life.cancel();
    consumer.stopped().await;
    worker.closed().await;
}

#[tokio::test]
async fn the_innocent_seven_survive_a_message_that_kills_the_worker_again_and_again() {
    let (stand, proxy) = Stand::behind_a_proxy().await;
    let broker = stand.start().await;
    let eight: Vec<_> = (0..8).map(numbered).collect();
    broker.publish_all(Queue::Work, &eight).await.expect("all are confirmed");
    let done = Arc::<Mutex<BTreeSet<usize>>>::default();

    for lives in 0..49 {
        live(&stand, &proxy, lives == 0, &done).await;
        if done.lock().expect("no test panics with it").len() == 7 {
            break;
        }
    }

    assert_eq!(*done.lock().expect("no test panics with it"), (1..8).collect());
    assert_eq!(stand.depth(Queue::DeadLetters).await, 0);
}
