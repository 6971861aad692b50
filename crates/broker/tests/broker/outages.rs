use std::time::{Duration, Instant};

use broker::{Broker, BrokerState, ConnectError, PublishError, Queue};

use crate::stand::{Stand, collect, eventually, next, number, numbered};

#[tokio::test]
async fn publishing_and_every_consumer_have_connections_of_their_own() {
    let (stand, proxy) = Stand::behind_a_proxy().await;
    let broker = stand.start().await;
    let (work, _) = collect(&broker, Queue::Work);
    let (webhooks, _) = collect(&broker, Queue::Webhooks);
    eventually("both consume", async || work.is_connected() && webhooks.is_connected()).await;
    assert_eq!(proxy.open(), 3);
}

#[tokio::test]
async fn everything_comes_back_after_the_connections_were_cut() {
    let (stand, proxy) = Stand::behind_a_proxy().await;
    let broker = stand.start().await;
    let (_consumer, mut received) = collect(&broker, Queue::Work);
    for round in 0..3 {
        let sent = async || broker.publish(Queue::Work, &numbered(round)).await.is_ok();
        eventually("a message counts as sent", sent).await;
        while number(&next(&mut received).await) != round {}
        proxy.cut();
    }
}

#[tokio::test]
async fn a_broker_that_was_down_is_found_again() {
    let (stand, proxy) = Stand::behind_a_proxy().await;
    let broker = stand.start().await;
    let (consumer, mut received) = collect(&broker, Queue::Work);
    proxy.refuse();

    let mut state = broker.state();
    state.wait_for(|state| *state == BrokerState::Connecting).await.expect("the supervisor lives");
    let outcome = broker.publish(Queue::Work, &numbered(1)).await;
    assert!(matches!(outcome, Err(PublishError::NotConnected)), "{outcome:?}");

    let attempts = proxy.accepted();
    eventually("it is tried again", async || proxy.accepted() > attempts + 3).await;
    assert!(!consumer.is_connected());

    proxy.resume();
    broker.connected().await;
    broker.publish(Queue::Work, &numbered(2)).await.expect("it is confirmed");
    assert_eq!(number(&next(&mut received).await), 2);
}

#[tokio::test]
async fn a_broker_that_says_nothing_is_noticed_within_two_heartbeats() {
    let (mut stand, proxy) = Stand::behind_a_proxy().await;
    stand.options.heartbeat = Duration::from_secs(1);
    stand.options.operation_timeout = Duration::from_millis(300);
    stand.options.connect_timeout = Duration::from_millis(500);
    let broker = stand.start().await;
    let (consumer, _received) = collect(&broker, Queue::Work);
    eventually("it consumes", async || consumer.is_connected()).await;

    proxy.pause();
    let paused = Instant::now();
    let outcome = broker.publish(Queue::Work, &numbered(1)).await;
    assert!(matches!(outcome, Err(PublishError::TimedOut(_))), "{outcome:?}");
    eventually("both are noticed", async || !broker.is_connected() && !consumer.is_connected()).await;
    assert!(paused.elapsed() < Duration::from_secs(8), "{:?}", paused.elapsed());

    proxy.resume();
    eventually("both are back", async || broker.is_connected() && consumer.is_connected()).await;
}

#[tokio::test]
async fn a_handshake_that_hangs_ends_in_time_and_leaves_no_socket_behind() {
    let (mut stand, proxy) = Stand::behind_a_proxy().await;
    Broker::connect_once(&stand.options).await.expect("the server is there");
    proxy.pause();
    stand.options.connect_timeout = Duration::from_millis(200);
    let error = Broker::connect_once(&stand.options).await.expect_err("nobody answers");
    assert!(matches!(error, ConnectError::TimedOut { .. }), "{error:?}");
    proxy.resume();
    eventually("the socket is closed", async || proxy.open() == 0).await;
}
