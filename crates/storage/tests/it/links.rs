//! Which local row is which record at Geniacs.

use domain::EntityType::{Customers, Payments};
use serde_json::json;
use storage::records::links::{self, Applied, Confirmed};
use test_support::eventually;

use crate::stand::{LIMIT, Stand, run};

fn confirmed<'a>(local_id: i64, geniacs_id: &'a str, hash: &'a str) -> Confirmed<'a> {
    Confirmed {
        local_id,
        geniacs_id: Some(geniacs_id),
        content_hash: Some(hash.as_bytes()),
        agreed: None,
        deleted: false,
        ..Confirmed::default()
    }
}

async fn confirm(stand: &Stand, records: &[Confirmed<'_>]) -> Vec<i64> {
    let mut stored = links::confirm(&mut *stand.connection().await, 1, Customers, records).await.unwrap();
    stored.sort_unstable();
    stored
}

/// Every link as `local=geniacs hash`, with a `?` where a request had no known outcome.
async fn all(stand: &Stand) -> String {
    stand
        .ask(
            "SELECT string_agg(format('%s=%s %s%s', local_id, geniacs_id, convert_from(content_hash, 'UTF8'),
                 CASE WHEN unconfirmed THEN '?' END), ', ' ORDER BY integration_id, local_id) FROM record_links",
        )
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_geniacs_id_that_belongs_to_another_record_is_not_stored() {
    let stand = Stand::new().await;
    assert_eq!(confirm(&stand, &[confirmed(1, "a", "h1")]).await, [1]);
    assert_eq!(confirm(&stand, &[confirmed(2, "a", "h2"), confirmed(3, "c", "h3")]).await, [3]);
    assert_eq!(all(&stand).await, "1=a h1, 3=c h3");
    assert_eq!(confirm(&stand, &[confirmed(3, "a", "h4")]).await, Vec::<i64>::new(), "nor in place of its own");
    assert_eq!(all(&stand).await, "1=a h1, 3=c h3");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_records_that_got_one_geniacs_id_in_one_answer_one_is_stored() {
    let stand = Stand::new().await;
    let answer = [confirmed(5, "a", "h5"), confirmed(4, "a", "h4"), confirmed(6, "b", "h6")];
    assert_eq!(confirm(&stand, &answer).await, [4, 6]);
    assert_eq!(all(&stand).await, "4=a h4, 6=b h6");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_geniacs_id_may_be_another_integration_s_or_another_entity_s() {
    let stand = Stand::new().await;
    stand.integration(2).await;
    let mut connection = stand.connection().await;
    for (integration, entity, local) in [(1, Customers, 1), (1, Payments, 2), (2, Customers, 3)] {
        let stored = links::confirm(&mut connection, integration, entity, &[confirmed(local, "a", "h")]).await;
        assert_eq!(stored.unwrap(), [local]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn confirming_twice_changes_nothing() {
    let stand = Stand::new().await;
    let answer = [confirmed(1, "a", "h1"), confirmed(2, "b", "h2")];
    assert_eq!(confirm(&stand, &answer).await, [1, 2]);
    let before = all(&stand).await;
    assert_eq!(confirm(&stand, &answer).await, [1, 2]);
    assert_eq!(all(&stand).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_without_ids_are_all_stored_and_keep_the_ids_that_are_known() {
    let stand = Stand::new().await;
    confirm(&stand, &[confirmed(1, "a", "h1")]).await;
    let without = |local_id| Confirmed { geniacs_id: None, ..confirmed(local_id, "", "h2") };
    // A record whose Geniacs id is the other's local number is no double of it.
    assert_eq!(confirm(&stand, &[without(1), without(2), confirmed(3, "2", "h3")]).await, [1, 2, 3]);
    assert_eq!(all(&stand).await, "1=a h2, 2= h2?, 3=2 h3", "2 is asked for before it is sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_a_known_outcome_is_remembered_until_it_is_confirmed() {
    let stand = Stand::new().await;
    confirm(&stand, &[confirmed(1, "a", "h1")]).await;
    stand.note_sent(&[2, 1]).await;
    assert_eq!(all(&stand).await, "1=a h1?, 2= ?", "what was known stays");
    confirm(&stand, &[confirmed(1, "a", "h9"), confirmed(2, "b", "h2")]).await;
    assert_eq!(all(&stand).await, "1=a h9, 2=b h2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_and_a_later_push_are_both_remembered() {
    let stand = Stand::new().await;
    let gone = Confirmed { content_hash: None, agreed: None, deleted: true, ..confirmed(1, "a", "") };
    let deleted = "SELECT (deleted_version IS NOT NULL) || ' ' || (content_hash IS NULL) FROM record_links";
    confirm(&stand, &[confirmed(1, "a", "h1")]).await;
    confirm(&stand, &[gone]).await;
    assert_eq!(stand.ask(deleted).await, "true true");
    confirm(&stand, &[confirmed(1, "a", "h1")]).await;
    assert_eq!(stand.ask(deleted).await, "false false");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_applied_keeps_the_hash_unless_it_brings_one() {
    let stand = Stand::new().await;
    let mut connection = stand.connection().await;
    let applied = |hash: Option<&'static str>, record_version| Applied {
        local_id: 1,
        geniacs_id: "a",
        content_hash: hash.map(str::as_bytes),
        agreed: None,
        record_version,
        field_versions: json!({"customer_name": [record_version, 1]}),
        ..Applied::default()
    };

    links::apply(&mut connection, 1, Customers, &[applied(Some("h1"), 10)]).await.unwrap();
    links::apply(&mut connection, 1, Customers, &[applied(None, 20)]).await.unwrap();
    assert_eq!(all(&stand).await, "1=a h1");
    let versions = "SELECT record_version || ' ' || field_versions FROM record_links";
    assert_eq!(stand.ask(versions).await, r#"20 {"customer_name": [20, 1]}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_transaction_at_a_time_applies_what_comes_for_an_entity() {
    let stand = Stand::new().await;
    let (mut one, mut two) = (stand.connection().await, stand.connection().await);
    run(&mut one, "BEGIN").await;
    run(&mut two, "BEGIN").await;
    links::lock_incoming(&mut one, 1, Customers).await.unwrap();
    links::lock_incoming(&mut two, 1, Payments).await.unwrap();
    links::lock_incoming(&mut two, 2, Customers).await.unwrap();

    let waiting = tokio::spawn(async move {
        links::lock_incoming(&mut two, 1, Customers).await.unwrap();
        run(&mut two, "ROLLBACK").await;
    });
    let waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    eventually("the second one waits", LIMIT, async || (stand.ask(waits).await == "1").then_some(())).await;
    assert!(!waiting.is_finished());

    run(&mut one, "ROLLBACK").await;
    waiting.await.unwrap();
}
