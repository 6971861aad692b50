use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use broker::{Batch, Decision, Queue};
use tokio::sync::Semaphore;

use crate::stand::{Stand, eventually, number, numbered, quick};

/// The numbers of a batch, each with how often it came back.
type Numbered = Vec<(usize, u32)>;

fn numbers(batch: &Batch) -> Numbered {
    batch.iter().filter_map(|read| read.as_ref().as_ref().ok()).map(|d| (number(d), d.delivery_count)).collect()
}

#[tokio::test]
async fn messages_at_hand_are_handled_together_and_none_is_lost() {
    let stand = Stand::new();
    let broker = stand.start().await;
    let gate = Arc::new(Semaphore::new(0));
    let seen: Arc<Mutex<Vec<Numbered>>> = Arc::default();

    let (handler_gate, handler_seen) = (gate.clone(), seen.clone());
    let mut options = quick("batches");
    options.prefetch = 50;

    let consumer = broker.consume_batches(Queue::Work, options, move |batch| {
        let (gate, seen) = (handler_gate.clone(), handler_seen.clone());
        async move {
            gate.acquire().await.expect("the gate stays").forget();
            seen.lock().unwrap().push(numbers(&batch));
            vec![Decision::Done; batch.len()]
        }
    });

    for message in 0..40 {
        broker.publish(Queue::Work, &numbered(message)).await.expect("it is confirmed");
    }
    gate.add_permits(100);
    eventually("all are handled", async || seen.lock().unwrap().iter().map(Vec::len).sum::<usize>() == 40).await;

    consumer.stop().await;
    let mut all: Vec<_> = seen.lock().unwrap().concat();
    all.sort_unstable();
    assert_eq!(all, (0..40).map(|message| (message, 0)).collect::<Vec<_>>());
    assert!(seen.lock().unwrap().len() < 10, "{:?}", seen.lock().unwrap());
    assert_eq!(stand.depth(Queue::Work).await, 0);
}

#[tokio::test]
async fn a_message_to_be_tried_again_stays_at_hand_and_counts_as_no_return() {
    let stand = Stand::new();
    let broker = stand.start().await;
    let calls = Arc::new(AtomicUsize::new(0));
    let seen: Arc<Mutex<Vec<(usize, u32)>>> = Arc::default();

    let (handler_calls, handler_seen) = (calls.clone(), seen.clone());

    let consumer = broker.consume_batches(Queue::Work, quick("again"), move |batch| {
        let is_early = handler_calls.fetch_add(1, Ordering::Relaxed) < 3;
        let seen = handler_seen.clone();
        async move {
            if is_early {
                return vec![Decision::RetryLater; batch.len()];
            }
            seen.lock().unwrap().extend(numbers(&batch));
            vec![Decision::Done; batch.len()]
        }
    });

    broker.publish(Queue::Work, &numbered(1)).await.expect("it is confirmed");
    eventually("it is handled", async || !seen.lock().unwrap().is_empty()).await;

    consumer.stop().await;
    assert_eq!(*seen.lock().unwrap(), [(1, 0)]);
    assert_eq!(stand.depth(Queue::Work).await, 0);
}

#[tokio::test]
async fn a_message_that_panics_is_found_in_its_batch_and_the_others_are_done() {
    let stand = Stand::new();
    let broker = stand.start().await;

    let done: Arc<Mutex<Vec<usize>>> = Arc::default();
    let handler_done = done.clone();
    let mut options = quick("panics");
    options.prefetch = 20;

    let _consumer = broker.consume_batches(Queue::Work, options, move |batch| {
        let done = handler_done.clone();
        async move {
            let numbers = numbers(&batch);
            assert!(!numbers.iter().any(|(message, returns)| *message == 5 && *returns < 2), "a handler's bug");
            done.lock().unwrap().extend(numbers.iter().map(|(message, _)| *message));
            vec![Decision::Done; batch.len()]
        }
    });

    for message in 0..10 {
        broker.publish(Queue::Work, &numbered(message)).await.expect("it is confirmed");
    }

    eventually("all are done", async || {
        let mut all = done.lock().unwrap().clone();
        all.sort_unstable();
        all.dedup();
        all.len() == 10
    })
    .await;
}

#[tokio::test]
async fn messages_of_a_lost_connection_come_again_and_a_refused_one_is_a_dead_letter() {
    let (stand, proxy) = Stand::behind_a_proxy().await;
    let broker = stand.start().await;
    let gate = Arc::new(Semaphore::new(0));
    let most: Arc<AtomicUsize> = Arc::default();

    let (handler_gate, handler_most) = (gate.clone(), most.clone());

    let consumer = broker.consume_batches(Queue::Work, quick("lost"), move |batch| {
        let (gate, most) = (handler_gate.clone(), handler_most.clone());
        async move {
            for (_, returns) in numbers(&batch) {
                most.fetch_max(returns as usize, Ordering::Relaxed);
            }
            gate.acquire().await.expect("the gate stays").forget();
            let decide = |(message, _): (usize, u32)| match message {
                2 => Decision::DeadLetter { reason: "a test".to_owned() },
                _ => Decision::Done,
            };
            numbers(&batch).into_iter().map(decide).collect()
        }
    });

    for message in 0..4 {
        broker.publish(Queue::Work, &numbered(message)).await.expect("it is confirmed");
    }

    proxy.cut();
    gate.add_permits(100);
    eventually("one is a dead letter", async || stand.depth(Queue::DeadLetters).await == 1).await;
    eventually("the others are gone", async || stand.depth(Queue::Work).await == 0).await;

    consumer.stop().await;
    assert_eq!(stand.depth(Queue::Work).await, 0);
}
