//! The outbox relay.

use broker::Queue;
use messages::Message;
use storage::outbox;

use crate::stand::{Stand, eventually, next};

#[tokio::test(flavor = "multi_thread")]
async fn the_relay_sends_messages_that_a_crashed_publisher_left() {
    let stand = Stand::new().await;
    let mut permits = stand.collect(Queue::Work).await;
    // Committed, and its writer died before it could publish.
    outbox::add_work_permit(&mut *stand.connection().await).await.unwrap();
    let scheduler = stand.scheduler(&[]).await;
    assert!(matches!(next(&mut permits).await, Message::WorkPermit(_)));
    eventually("the outbox is empty", async || stand.count("outbox").await == 0).await;
    stand.stop([scheduler]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_a_crashed_relay_claimed_is_sent_once_the_claim_has_run_out() {
    let stand = Stand::new().await;
    let mut permits = stand.collect(Queue::Work).await;

    outbox::add_work_permit(&mut *stand.connection().await).await.unwrap();
    stand.execute("UPDATE outbox SET available_at = now() - interval '1 minute'").await;
    assert_eq!(outbox::claim(&mut *stand.connection().await, 0.5, 10).await.unwrap().len(), 1);
    stand.execute("UPDATE outbox SET claimed_until = now() - interval '1 second'").await;

    let scheduler = stand.scheduler(&[]).await;
    assert!(matches!(next(&mut permits).await, Message::WorkPermit(_)));
    eventually("the outbox is empty", async || stand.count("outbox").await == 0).await;

    stand.stop([scheduler]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_messages_are_sent_by_two_relays_and_one_for_later_stays() {
    let stand = Stand::new().await;
    let insert = "INSERT INTO outbox (queue, type_name, payload, available_at)
        SELECT 'work', 'geniacs.messages.v1.WorkPermit', '', now() - interval '1 minute' FROM generate_series(1, 1000);
        INSERT INTO outbox (queue, type_name, payload, available_at)
        VALUES ('work', 'geniacs.messages.v1.WorkPermit', '', now() + interval '1 hour')";
    stand.execute(insert).await;

    let mut permits = stand.collect(Queue::Work).await;
    let schedulers = [stand.scheduler(&[]).await, stand.scheduler(&[]).await];

    for _ in 0..1_000 {
        next(&mut permits).await;
    }

    eventually("only the later one is left", async || stand.count("outbox").await == 1).await;
    stand.stop(schedulers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outbox_row_is_sent_although_one_with_a_higher_id_was_committed_and_sent_before() {
    let stand = Stand::new().await;
    let mut permits = stand.collect(Queue::Work).await;
    let scheduler = stand.scheduler(&[]).await;

    let mut slow = stand.connection().await;
    run(&mut slow, "BEGIN").await;
    outbox::add_work_permit(&mut slow).await.unwrap();
    outbox::add_work_permit(&mut *stand.connection().await).await.unwrap();

    assert!(matches!(next(&mut permits).await, Message::WorkPermit(_)));
    eventually("the higher one is sent", async || stand.count("outbox").await == 0).await;

    run(&mut slow, "COMMIT").await;
    assert!(matches!(next(&mut permits).await, Message::WorkPermit(_)));
    eventually("the outbox is empty", async || stand.count("outbox").await == 0).await;

    stand.stop([scheduler]).await;
}

async fn run(connection: &mut storage::Connection, statement: &str) {
    use diesel_async::SimpleAsyncConnection as _;
    connection.batch_execute(statement).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_headers_cannot_be_read_holds_no_other_back() {
    let stand = Stand::new().await;
    let insert = "INSERT INTO outbox (queue, type_name, payload, headers, available_at)
        SELECT 'work', 'geniacs.messages.v1.WorkPermit', '', headers, now() - interval '1 minute'
        FROM (VALUES ((repeat('{\"a\":', 200) || '1' || repeat('}', 200))::jsonb), ('{}')) AS h (headers)";
    stand.execute(insert).await;

    let mut permits = stand.collect(Queue::Work).await;
    let scheduler = stand.scheduler(&[]).await;

    for _ in 0..2 {
        next(&mut permits).await;
    }

    eventually("the outbox is empty", async || stand.count("outbox").await == 0).await;
    stand.stop([scheduler]).await;
}
