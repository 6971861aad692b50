//! Records whose requests have no answer yet.

use crate::stand::Stand;
use domain::EntityType::Customers;
use storage::records::links::{self, Confirmed};
use storage::records::unanswered::{self, Identified, News, Sent};

const LINKS: &str =
    "SELECT coalesce(string_agg(concat(local_id, '=', geniacs_id, CASE WHEN unconfirmed THEN '?' END, sent_key), ' '
    ORDER BY local_id), '') FROM record_links";

async fn linked(stand: &Stand, local_id: i64, geniacs_id: &str) {
    let confirmed = Confirmed {
        local_id,
        geniacs_id: Some(geniacs_id),
        content_hash: Some(b"h"),
        agreed: Some("{}"),
        deleted: false,
        ..Confirmed::default()
    };
    links::confirm(&mut *stand.connection().await, 1, Customers, &[confirmed]).await.unwrap();
}

async fn maybe_created(stand: &Stand, within: Option<u32>) -> Vec<i64> {
    let found = unanswered::maybe_created(&mut *stand.connection().await, 1, Customers, within).await.unwrap();
    found.into_iter().map(|record| record.local_id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_takes_the_note_off_and_leaves_no_link_that_was_not_there() {
    let stand = Stand::new().await;
    linked(&stand, 1, "a").await;
    let sent = |local_id| Sent { local_id, natural_key: Some("K"), fields: None };
    unanswered::note_sent(&mut *stand.connection().await, 1, Customers, &[sent(1), sent(2), sent(3)]).await.unwrap();
    assert_eq!(stand.ask(LINKS).await, "1=a? 2=?K 3=?K");
    assert_eq!(maybe_created(&stand, None).await, [2, 3]);
    unanswered::take_back(&mut *stand.connection().await, 1, Customers, &[1, 2, 9]).await.unwrap();
    assert_eq!(stand.ask(LINKS).await, "1=a 3=?K");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_long_ago_is_looked_for_by_full_runs_alone() {
    let stand = Stand::new().await;
    stand.note_sent(&[1, 2]).await;
    stand.execute("UPDATE record_links SET sent_at = sent_at - interval '2 hours' WHERE local_id = 1").await;
    assert_eq!(maybe_created(&stand, Some(unanswered::LONGEST_SECONDS)).await, [2]);
    assert_eq!(maybe_created(&stand, None).await, [1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_is_found_is_stored_unless_another_record_has_it() {
    let stand = Stand::new().await;
    linked(&stand, 1, "a").await;
    stand.note_sent(&[2, 3]).await;
    let found = [(2, "a"), (3, "c"), (4, "d")].map(|(local_id, geniacs_id)| Identified { local_id, geniacs_id });
    let stored = unanswered::identify(&mut *stand.connection().await, 1, Customers, &found).await.unwrap();
    assert_eq!(stored, [3]);
    assert_eq!(stand.ask(LINKS).await, "1=a 2=? 3=c?", "the next push sends it whatever its hash says");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_may_be_about_a_record_of_ours_if_it_came_after_a_request_that_has_no_answer() {
    let stand = Stand::new().await;
    linked(&stand, 1, "known").await;
    let before = chrono::Utc::now() - chrono::Duration::seconds(1);
    stand.note_sent(&[1, 2]).await;
    let after = chrono::Utc::now() + chrono::Duration::seconds(1);

    let ask = async || {
        let news = [("known", after), ("new", after), ("new", before)]
            .map(|(geniacs_id, stored_at)| News { geniacs_id, stored_at });
        unanswered::may_be_ours(&mut *stand.connection().await, 1, Customers, &news).await.unwrap()
    };

    assert_eq!(ask().await, [false, true, false]);
    linked(&stand, 2, "two").await;
    assert_eq!(ask().await, [false, false, false], "it is answered");

    stand.note_sent(&[3]).await;
    assert_eq!(ask().await, [false, true, false]);
    stand.execute("UPDATE record_links SET sent_at = sent_at - interval '2 hours'").await;
    assert_eq!(ask().await, [false, false, false], "nothing waits for ever");

    stand.note_sent(&[3]).await;
    unanswered::stop_waiting(&mut *stand.connection().await, 1, Customers, &[3]).await.unwrap();
    assert_eq!(ask().await, [false, false, false], "nobody will ever tell");
    assert_eq!(maybe_created(&stand, None).await, [3], "a full run looks for it all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_went_while_its_first_request_was_noted_gets_a_tombstone() {
    let stand = Stand::new().await;
    stand.customers(2).await;
    stand.note_sent(&[1, 9]).await;
    let customers = storage::entities::descriptor(Customers);
    unanswered::leave_tombstones(&mut *stand.connection().await, customers, 1).await.unwrap();
    let left = "SELECT string_agg(local_id::text, ' ') FROM record_tombstones";
    assert_eq!(stand.ask(left).await, "9");
}
