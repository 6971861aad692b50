//! All six entities, and what they refer to.

use crate::harness::{Bench, counts};
use domain::EntityType::{self, Customers, Invoices, MonitoringData, NasServers, Subscriptions};
use domain::sync::{Filters, SyncOptions, SyncRequest};
use domain::{Counts, SyncDirection, SyncDirection::FromGeniacs, SyncDirection::ToGeniacs, SyncType};
use serde_json::json;

const PROVIDER: &str = "
    INSERT INTO nas_servers (nasname, ip_address, secret, community)
        SELECT 'nas-' || n, ('10.0.0.' || n)::inet, 'radius-secret', 'snmp-secret' FROM generate_series(1, 3) n;
    INSERT INTO customer_subscriptions (username, customer_id, nas_server_id, plan_name, status, price, assigned_mac, start_date)
        SELECT 'user' || n, 1 + n % 20, 1 + n % 3, 'Home 20', 'active', 199000.50, '02:00:00:00:00:01', '2026-01-31'
        FROM generate_series(1, 24) n;
    INSERT INTO invoices (customer_id, subscription_id, total_amount, status, due_date, issued_at)
        SELECT s.customer_id, s.id, 1234567890123.45, 'sent', '2026-02-28', '2026-02-01T00:00:00Z' FROM customer_subscriptions s;
    INSERT INTO payments (invoice_id, customer_id, transaction_id, amount, status)
        SELECT i.id, i.customer_id, 'TX-' || i.id, 100.10, 'success' FROM invoices i;
    INSERT INTO monitoring_data (nas_server_id, subscription_id, metric_type, value, recorded_at)
        SELECT 1 + n % 3, NULLIF(n % 25, 0), 'latency_ms', n / 8.0, timestamptz '2026-11-01T00:00:00Z' + n * interval '1 minute'
        FROM generate_series(1, 100) n";

/// 3 NAS servers, 20 customers, 24 subscriptions, invoices and payments, 100 samples.
async fn provider(bench: &Bench) {
    bench.customers(20).await;
    for statement in PROVIDER.split(';') {
        bench.sql(statement).await;
    }
}

async fn run_all(bench: &Bench, sync_type: SyncType, direction: SyncDirection) -> Vec<Counts> {
    let mut all = Vec::new();
    for entity in EntityType::IN_ORDER {
        let sync = bench.run_entity(entity, sync_type, direction).await;
        let why = "SELECT string_agg(DISTINCT error_type || ' ' || error_message, '; ') FROM sync_record_errors";
        assert_eq!(sync.status, "success", "{entity}: {:?} {}", sync.error_message, bench.ask(why).await);
        all.push(counts(&sync));
    }
    all
}

fn read(counts: &[Counts]) -> Vec<i64> {
    counts.iter().map(|counts| counts.read).collect()
}

fn local_ids(bench: &Bench, entity: EntityType, ids: &[i64]) -> SyncRequest {
    let ids = ids.iter().map(|id| domain::sync::RecordKey::Local(*id)).collect();
    SyncRequest {
        entity_type: entity,
        filters: Filters { ids, ..Filters::default() },
        ..bench.request(SyncType::Incremental, ToGeniacs)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_six_go_to_geniacs_with_their_references_and_go_once() {
    let bench = Bench::start().await;
    provider(&bench).await;
    let first = run_all(&bench, SyncType::Full, ToGeniacs).await;
    assert_eq!(read(&first), [3, 20, 24, 24, 24, 100]);
    assert!(first.iter().all(|counts| counts.created == counts.read), "{first:?}");
    for (entity, fields) in [(Subscriptions, 2), (Invoices, 2), (EntityType::Payments, 2), (MonitoringData, 2)] {
        let references = bench.show(&format!("references/{entity}")).await;
        let fields_found = references.as_object().expect("fields");
        assert_eq!(fields_found.len(), fields, "{entity}: {references}");
        assert!(fields_found.values().all(|field| field["dangling"] == 0), "{entity}: {references}");
    }
    let seen = bench.show("records/nas_servers").await.to_string();
    assert!(seen.contains("nas-1") && !seen.contains("radius-secret") && !seen.contains("snmp-secret"));
    assert!(bench.show("records/invoices?limit=1").await.to_string().contains("1234567890123.45"));

    let again = run_all(&bench, SyncType::Incremental, ToGeniacs).await;
    assert!(again.iter().all(|counts| counts.unchanged == counts.read), "{again:?}");
    assert_eq!(again.last().expect("samples").created, 0, "a sample that was sent is not sent again");
    bench.sql("INSERT INTO monitoring_data (metric_type, value, recorded_at) VALUES ('uptime', 1, now())").await;
    let one = bench.run_entity(MonitoringData, SyncType::Incremental, ToGeniacs).await;
    assert_eq!(counts(&one).created, 1);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_six_come_from_geniacs_with_their_references_and_change_nothing_again() {
    let bench = Bench::start().await;
    bench.admin("seed/all", json!({"customers": 50, "seed": 3})).await;

    let first = run_all(&bench, SyncType::Full, FromGeniacs).await;
    assert!(first.iter().all(|counts| counts.created == counts.read && counts.read > 0), "{first:?}");

    for (what, dangling) in [
        ("subscriptions", "customer_subscriptions WHERE customer_id IS NULL OR nas_server_id IS NULL"),
        ("invoices", "invoices WHERE customer_id IS NULL OR subscription_id IS NULL"),
        ("payments", "payments WHERE invoice_id IS NULL OR customer_id IS NULL"),
        ("samples", "monitoring_data WHERE nas_server_id IS NULL AND subscription_id IS NULL"),
    ] {
        assert_eq!(bench.ask(&format!("SELECT count(*) FROM {dangling}")).await, "0", "{what}");
    }

    let second = run_all(&bench, SyncType::Full, FromGeniacs).await;
    assert!(second.iter().all(|counts| counts.unchanged == counts.read), "{second:?}");

    let back = run_all(&bench, SyncType::Full, ToGeniacs).await;
    assert_eq!(back.last().expect("samples").read, 0, "samples of Geniacs are not sent back");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_waits_for_its_customer_and_goes_once_that_is_linked() {
    let bench = Bench::start().await;
    provider(&bench).await;
    bench.run_entity(NasServers, SyncType::Full, ToGeniacs).await;
    let too_early = bench.run_entity(Subscriptions, SyncType::Full, ToGeniacs).await;
    assert_eq!((too_early.status.as_str(), counts(&too_early).failed), ("failed", 24));
    let reasons = "SELECT string_agg(DISTINCT error_type || ': ' || error_message, '; ') FROM sync_record_errors";
    let expected = "unresolved_reference: customer_id: names a record of customers that is not linked yet";
    assert_eq!(bench.ask(reasons).await, expected);
    assert_eq!(bench.ask("SELECT count(*) FROM waiting_references WHERE target_entity = 'customers'").await, "24");

    bench.run_entity(Customers, SyncType::Full, ToGeniacs).await;
    let ready = storage::records::waiting::ready(&mut *bench.connection().await, 100).await.expect("an answer");
    assert_eq!(ready.len(), 24);
    let id = bench.trigger(&local_ids(&bench, Subscriptions, &(1..=24).collect::<Vec<_>>())).await;
    assert_eq!(counts(&bench.ended(id).await), Counts { read: 24, created: 24, ..Counts::default() });
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_of_geniacs_waits_for_its_customer_and_names_what_is_missing() {
    let bench = Bench::start().await;
    bench.admin("seed/all", json!({"customers": 10, "seed": 3})).await;

    let too_early = bench.run_entity(Invoices, SyncType::Full, FromGeniacs).await;
    let failed = counts(&too_early).failed;
    assert!(failed > 0 && failed == counts(&too_early).read);
    let waits = "SELECT count(DISTINCT record_key) FROM waiting_references WHERE direction = 'from_geniacs'";
    assert_eq!(bench.ask(waits).await, failed.to_string());

    for entity in [NasServers, Customers, Subscriptions] {
        bench.run_entity(entity, SyncType::Full, FromGeniacs).await;
    }

    let ready = storage::records::waiting::ready(&mut *bench.connection().await, 1_000).await.expect("an answer");
    let keys: std::collections::HashSet<String> =
        ready.iter().map(|wait| format!("{:?}", wait.record().expect("a record"))).collect();
    assert_eq!(keys.len().to_string(), failed.to_string());
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_tells_how_many_samples_are_new_and_adds_none() {
    let bench = Bench::start().await;
    bench.admin("seed/all", json!({"customers": 5, "seed": 3})).await;
    for entity in [NasServers, Customers, Subscriptions] {
        bench.run_entity(entity, SyncType::Full, FromGeniacs).await;
    }

    let dry = SyncRequest {
        entity_type: MonitoringData,
        options: SyncOptions { dry_run: true, ..SyncOptions::default() },
        ..bench.request(SyncType::Full, FromGeniacs)
    };

    let id = bench.trigger(&dry).await;
    let sync = bench.ended(id).await;
    assert!(counts(&sync).created > 0 && counts(&sync).created == counts(&sync).read);
    assert_eq!(bench.ask("SELECT count(*) FROM monitoring_data").await, "0");
    bench.stop().await;
}
