//! Links that records refer to, and what waits for one.

use domain::EntityType::{Customers, Invoices, NasServers, Subscriptions};
use domain::sync::RecordKey::{Geniacs, Local};
use domain::{EntityType, SyncDirection};
use storage::records::links::{self, Confirmed};
use storage::records::references::{self, Linked};
use storage::records::waiting::{self, Wait};

use crate::stand::Stand;

async fn link(stand: &Stand, entity: EntityType, local_id: i64, geniacs_id: &str) {
    let confirmed = [Confirmed {
        local_id,
        geniacs_id: Some(geniacs_id),
        content_hash: Some(b"hash"),
        agreed: None,
        deleted: false,
        ..Confirmed::default()
    }];
    let mut connection = stand.connection().await;
    links::confirm(&mut connection, 1, entity, &confirmed).await.unwrap();
    waiting::target_linked(&mut connection, 1, entity, &[(local_id, geniacs_id)]).await.unwrap();
}

fn subscription_waits_for_customer(subscription: i64, customer: i64) -> Wait {
    Wait {
        entity: Subscriptions,
        record: Local(subscription),
        target_entity: Customers,
        target: Local(customer),
        webhook_event_id: None,
    }
}

async fn add(stand: &Stand, waits: &[Wait]) {
    waiting::add(&mut *stand.connection().await, 1, waits).await.unwrap();
}

async fn ready(stand: &Stand) -> Vec<String> {
    let ready = waiting::ready(&mut *stand.connection().await, 100).await.unwrap();
    ready.iter().map(|wait| format!("{:?}", wait.record().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn links_are_found_by_either_side_s_id_and_kept_apart_by_entity() {
    let stand = Stand::new().await;
    link(&stand, Customers, 1, "c1").await;
    link(&stand, Customers, 2, "c2").await;
    link(&stand, NasServers, 1, "n1").await;
    let local = [(Customers, 1), (NasServers, 1), (NasServers, 2)];
    let geniacs = [(Customers, "c2"), (Customers, "n1")];

    let mut found = references::find(&mut *stand.connection().await, 1, &local, &geniacs).await.unwrap();
    found.sort_by(|a, b| a.geniacs_id.cmp(&b.geniacs_id));
    let linked = |entity, local_id, geniacs_id: &str| Linked { entity, local_id, geniacs_id: geniacs_id.to_owned() };
    assert_eq!(found, [linked(Customers, 1, "c1"), linked(Customers, 2, "c2"), linked(NasServers, 1, "n1")]);

    stand.integration(2).await;
    let other_integration = references::find(&mut *stand.connection().await, 2, &local, &geniacs).await.unwrap();
    assert_eq!(other_integration, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_ready_at_once_when_its_target_is_linked_and_not_before() {
    let stand = Stand::new().await;
    add(&stand, &[subscription_waits_for_customer(10, 1), subscription_waits_for_customer(11, 2)]).await;
    stand.execute("UPDATE waiting_references SET check_at = now()").await;
    assert_eq!(ready(&stand).await, Vec::<String>::new());
    let put_off = "SELECT count(*) FROM waiting_references WHERE check_at > now() + interval '20 seconds'";
    assert_eq!(stand.ask(put_off).await, "2");
    link(&stand, Customers, 1, "c1").await;
    assert_eq!(ready(&stand).await, [format!("{:?}", (Subscriptions, SyncDirection::ToGeniacs, Local(10)))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_on_its_way_here_waits_for_a_geniacs_id() {
    let stand = Stand::new().await;
    let record = Geniacs("i9".to_owned());
    let target = Geniacs("7".to_owned());
    let wait =
        Wait { entity: Invoices, record: record.clone(), target_entity: Subscriptions, target, webhook_event_id: None };
    add(&stand, &[wait]).await;

    link(&stand, Subscriptions, 7, "s1").await;
    assert_eq!(ready(&stand).await, Vec::<String>::new(), "a local id is not a Geniacs id");
    link(&stand, Subscriptions, 1, "7").await;
    assert_eq!(ready(&stand).await, [format!("{:?}", (Invoices, SyncDirection::FromGeniacs, record))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_ready_while_a_sync_of_the_target_s_kind_is_under_way() {
    let stand = Stand::new().await;
    let sync = stand.planned_sync(1).await;
    add(&stand, &[subscription_waits_for_customer(10, 1)]).await;
    link(&stand, Customers, 1, "c1").await;
    assert_eq!(ready(&stand).await, Vec::<String>::new());
    stand.execute(&format!("UPDATE geniacs_data_sync SET status = 'success' WHERE id = {sync}")).await;
    assert_eq!(ready(&stand).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_is_noted_once_and_ended_once() {
    let stand = Stand::new().await;
    let wait = subscription_waits_for_customer(10, 1);
    add(&stand, &[wait.clone(), wait.clone()]).await;
    add(&stand, &[wait]).await;

    link(&stand, Customers, 1, "c1").await;
    let mut connection = stand.connection().await;
    let ids: Vec<i64> = waiting::ready(&mut connection, 100).await.unwrap().iter().map(|wait| wait.id).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(waiting::end(&mut connection, &ids).await.unwrap(), 1);
    assert_eq!(waiting::end(&mut connection, &ids).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_waited_is_applied_again() {
    let stand = Stand::new().await;
    stand
        .execute(
            "INSERT INTO geniacs_webhook_events (id, integration_id, event_type, dedupe_key, payload, state, outcome)
             VALUES (5, 1, 'subscription.created', 'k', '{}', 'set_aside', 'unresolved_reference')",
        )
        .await;
    let wait = Wait { webhook_event_id: Some(5), ..subscription_waits_for_customer(10, 1) };
    add(&stand, &[wait]).await;
    link(&stand, Customers, 1, "c1").await;

    let mut connection = stand.connection().await;
    let ids: Vec<i64> = waiting::ready(&mut connection, 100).await.unwrap().iter().map(|wait| wait.id).collect();
    assert_eq!(waiting::reopen_events(&mut connection, &ids).await.unwrap(), 1);
    assert_eq!(stand.ask("SELECT state FROM geniacs_webhook_events").await, "received");
    assert_eq!(stand.ask("SELECT count(*) FROM waiting_references").await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn links_are_stored_quickly_while_thousands_of_records_wait_for_others() {
    let stand = Stand::new().await;
    stand
        .execute(
            "INSERT INTO waiting_references (integration_id, entity_type, direction, record_key, target_entity, target_key, check_at)
             SELECT 1, 'invoices', 'to_geniacs', n::text, 'customers', n::text, now() + interval '1 hour'
             FROM generate_series(1, 20000) n",
        )
        .await;

    let names: Vec<String> = (0..1_000).map(|n| format!("g{n}")).collect();
    let links: Vec<(i64, &str)> = (100_000..).zip(names.iter().map(String::as_str)).collect();
    let mut connection = stand.connection().await;

    let started = std::time::Instant::now();
    waiting::target_linked(&mut connection, 1, Customers, &links).await.unwrap();
    // Each link beside each wait would take many seconds.
    assert!(started.elapsed() < std::time::Duration::from_secs(2), "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_goes_on_waiting_while_its_integration_is_switched_off() {
    let stand = Stand::new().await;
    add(&stand, &[subscription_waits_for_customer(10, 1)]).await;
    link(&stand, Customers, 1, "c1").await;
    for (switch, ready_records) in
        [("sync_enabled = false", 0), ("sync_enabled = true, is_active = false", 0), ("is_active = true", 1)]
    {
        stand.execute(&format!("UPDATE geniacs_integrations SET {switch}")).await;
        assert_eq!(ready(&stand).await.len(), ready_records, "{switch}");
    }
}
