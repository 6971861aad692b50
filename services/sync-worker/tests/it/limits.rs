//! What partners can bear: rate windows, pauses, outages, refused credentials.

use crate::harness::{Bench, LIMIT, counts, run_settings};
use domain::sync::SyncRequest;
use domain::{Counts, EntityType, SyncDirection::FromGeniacs, SyncDirection::ToGeniacs, SyncType};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use storage::runs::syncs::{RunSettings, SyncRow};
use test_support::eventually;

/// Two windows of a minute, and what a busy machine adds.
const WINDOWS: Duration = Duration::from_mins(5);

async fn ended_within(bench: &Bench, id: i64, limit: Duration) -> SyncRow {
    eventually("the sync ends", limit, async || {
        let sync =
            storage::runs::syncs::find(&mut *bench.connection().await, id).await.expect("a row").expect("the sync");
        sync.completed_at.is_some().then_some(sync)
    })
    .await
}

async fn limit(bench: &Bench, requests_per_minute: u32) {
    let limits = json!({"requests_per_minute": requests_per_minute});
    bench.sql(&format!("UPDATE geniacs_integrations SET rate_limits = '{limits}', version = version + 1")).await;
}

async fn push(bench: &Bench, settings: &RunSettings) -> i64 {
    bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), settings).await
}

/// Pushes and pulls with so many workers, and look-ups after lost answers, more than a minute's worth of requests.
async fn stays_within_its_limit(workers: usize) {
    let mut bench = Bench::without_worker().await;
    limit(&bench, 10).await;
    bench.customers(40).await;
    bench.admin("seed", json!({"entity": "nas_servers", "count": 20, "seed": 1})).await;

    // Some answers get lost, so that their records are looked up.
    bench.admin("faults", json!({"lose_answer_rate": 0.1, "seed": 5})).await;
    for _ in 0..workers {
        bench.add_worker(&[("GENIACS_DATABASE__POOL_SIZE", "4")]);
    }

    let settings = RunSettings { batch_size: 5, max_attempts: 20, ..run_settings() };
    let pushed = push(&bench, &settings).await;
    let nas = SyncRequest { entity_type: EntityType::NasServers, ..bench.request(SyncType::Full, FromGeniacs) };
    let pulled = bench.trigger_with(&nas, &settings).await;

    let pushed = ended_within(&bench, pushed, WINDOWS).await;
    let pulled = ended_within(&bench, pulled, WINDOWS).await;
    assert_eq!((pushed.status.as_str(), pulled.status.as_str()), ("success", "success"));

    let stats = bench.show("stats").await;
    assert!(stats["requests"].as_u64() >= Some(12), "{stats}");
    assert!(stats["max_per_minute"].as_u64() <= Some(10), "{stats}");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_worker_keeps_the_partner_s_limits_in_every_window() {
    stays_within_its_limit(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_workers_keep_the_partner_s_limits_in_every_window() {
    stays_within_its_limit(8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_fetched_one_by_one_come_however_few_requests_are_allowed() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 20, "seed": 1})).await;
    limit(&bench, 7).await;

    let mut request = bench.request(SyncType::Full, FromGeniacs);
    request.filters.ids = (1..=9).map(|id| domain::sync::RecordKey::Geniacs(format!("cust_{id}"))).collect();
    let sync = ended_within(&bench, bench.trigger(&request).await, WINDOWS).await;

    assert_eq!(counts(&sync), Counts { read: 9, created: 9, ..Counts::default() });
    let stats = bench.show("stats").await;
    assert_eq!((&stats["requests"], &stats["max_per_minute"]), (&json!(9), &json!(7)), "{stats}");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_without_a_permit_is_put_off_and_costs_no_attempt_and_no_log() {
    let bench = Bench::start().await;
    limit(&bench, 2).await;
    bench.customers(30).await;

    let settings = RunSettings { batch_size: 10, max_attempts: 1, retry_failed: false, ..run_settings() };
    let id = push(&bench, &settings).await;
    eventually("the windows are used up", LIMIT, async || {
        (bench.ask("SELECT held_until > geniacs_now() + interval '30 s' FROM integration_limits").await == "true")
            .then_some(())
    })
    .await;

    assert_eq!(bench.show("stats").await["requests"], 2);
    assert_eq!(bench.ask("SELECT max(attempt) FROM sync_chunks").await, "0");
    assert_eq!(bench.ask("SELECT count(*) FROM geniacs_sync_logs WHERE log_level = 'warning'").await, "0");

    // Allowed more, it goes on at once.
    limit(&bench, 100).await;
    bench.sql("UPDATE integration_limits SET permits_from = NULL").await;
    assert_eq!(counts(&bench.ended(id).await), Counts { read: 30, created: 30, ..Counts::default() });
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_after_of_a_429_and_of_a_503_pauses_the_integration_whatever_was_asked() {
    for status in [429, 503] {
        let bench = Bench::without_worker().await;
        bench.admin("seed", json!({"entity": "customers", "count": 10, "seed": 1})).await;
        bench.admin("faults", json!({"fail_next": {"count": 1, "status": status}, "retry_after": 2})).await;
        let mut bench = bench;
        bench.add_worker(&[]);

        let settings = RunSettings { max_attempts: 1, retry_failed: false, ..run_settings() };
        let id = bench.trigger_with(&bench.request(SyncType::Full, FromGeniacs), &settings).await;
        let sync = bench.ended(id).await;

        assert_eq!((sync.status.as_str(), counts(&sync).created), ("success", 10), "{status}");
        let length = "SELECT paused_until - paused_since = interval '2 s' FROM integration_limits";
        assert_eq!(bench.ask(length).await, "true", "{status}");
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_request_of_the_partner_s_window_is_the_last_until_it_ends() {
    let bench = Bench::start().await;
    bench.customers(60).await;
    bench.admin("faults", json!({"rate_limit": {"requests": 2, "seconds": 3}})).await;
    let settings = RunSettings { batch_size: 20, max_attempts: 1, retry_failed: false, ..run_settings() };
    let id = push(&bench, &settings).await;
    let sync = bench.ended(id).await;
    assert_eq!((sync.status.as_str(), counts(&sync).created), ("success", 60));
    bench.stop().await;
}

/// How many requests were answered with this status, or dropped.
fn answered(shown: &Value, status: &str) -> u64 {
    let calls = shown["by_call"].as_object().into_iter().flat_map(|calls| calls.values());
    calls.filter_map(|statuses| statuses[status].as_u64()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_outage_costs_a_few_probes_and_nothing_else() {
    let mut bench = Bench::start().await;
    bench.add_worker(&[]);
    bench.customers(300).await;
    bench.admin("faults", json!({"outage": {"seconds": 12, "status": 503}})).await;

    let began = Instant::now();
    let id = push(&bench, &RunSettings { batch_size: 10, ..run_settings() }).await;
    eventually("the breaker opens", LIMIT, async || {
        (bench.ask("SELECT opened_at IS NOT NULL FROM integration_limits").await == "true").then_some(())
    })
    .await;

    let waiting =
        storage::runs::syncs::find(&mut *bench.connection().await, id).await.expect("a row").expect("the sync");
    assert!(waiting.completed_at.is_none());

    let sync = bench.ended(id).await;
    assert!(began.elapsed() > Duration::from_secs(11));
    assert_eq!((sync.status.as_str(), sync.retry_count), ("success", 0));
    assert_eq!(counts(&sync), Counts { read: 300, created: 300, ..Counts::default() });

    let stats = bench.show("stats").await;
    // Five open it, and the other hands were at it; then a probe every second, and every two from the second on.
    assert!(answered(&stats, "503") <= 5 + 16 + 8, "{stats}");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_breaker_is_open_nothing_is_sent_but_one_probe_at_a_time() {
    let mut bench = Bench::without_worker().await;
    bench.customers(200).await;
    bench.admin("faults", json!({"error_rate": 1.0, "error_status": 503, "latency_ms": 50})).await;
    for _ in 0..2 {
        bench.add_worker(&[
            ("GENIACS_LIMITS__BREAKER_WAIT_SECONDS", "2"),
            ("GENIACS_LIMITS__BREAKER_LONGEST_WAIT_SECONDS", "2"),
        ]);
    }

    let id = push(&bench, &RunSettings { batch_size: 5, max_attempts: 20, ..run_settings() }).await;
    let failures = "SELECT coalesce(max(failures), 0) FROM integration_limits";
    let opened = "SELECT opened_at IS NOT NULL FROM integration_limits";
    eventually("the breaker opens", LIMIT, async || (bench.ask(opened).await == "true").then_some(())).await;

    // What was under way as it opened comes to its end long before the first probe, which sets the time of the next one.
    let next_probe = "SELECT next_probe_at FROM integration_limits";
    let first_probe = bench.ask(next_probe).await;
    eventually("the first probe", LIMIT, async || (bench.ask(next_probe).await != first_probe).then_some(())).await;

    let probed = async |more: u64| {
        let before: u64 = bench.ask(failures).await.parse().expect("a number");
        eventually("probes are made", LIMIT, async || {
            let now: u64 = bench.ask(failures).await.parse().expect("a number");
            (now >= before + more).then_some(())
        })
        .await;
    };

    probed(1).await;
    // After a probe the partner may also be asked how it is, which sends nothing.
    let asked = async || {
        let mut stats = bench.show("stats").await;
        if let Some(calls) = stats["by_call"].as_object_mut() {
            calls.retain(|call, _| !call.ends_with("/health"));
        }
        answered(&stats, "503")
    };

    let (before, began) = (asked().await, Instant::now());
    probed(3).await;
    let (requests, seconds) = (asked().await - before, began.elapsed().as_secs_f64());
    let stats = bench.show("stats").await;
    assert!((3..=5).contains(&requests), "{requests} in {seconds} s: {stats}");

    bench.admin("faults", json!({"error_rate": 0.0})).await;
    assert_eq!(bench.ended(id).await.status, "success");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_20_percent_of_the_partner_s_answers_failing_100_percent_of_the_syncs_succeed() {
    succeeds_although_20_percent_fail(400, 20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_holds_where_each_request_carries_one_record() {
    succeeds_although_20_percent_fail(50, 1).await;
}

async fn succeeds_although_20_percent_fail(customers: i64, batch_size: u32) {
    let mut bench = Bench::start().await;
    bench.add_worker(&[]);
    bench.customers(customers).await;
    bench.admin("faults", json!({"error_rate": 0.2, "error_status": 500})).await;

    // The specification's numbers: three attempts, and then the run again.
    for _ in 0..3 {
        let id = push(&bench, &RunSettings { batch_size, ..run_settings() }).await;

        eventually("the sync ends", LIMIT, async || {
            let mut connection = bench.connection().await;
            let _ =
                storage::runs::syncs::start_next(&mut connection, bench.integration_id, EntityType::Customers).await;
            let sync = storage::runs::syncs::find(&mut connection, id).await.expect("a row").expect("the sync");
            sync.completed_at
                .is_some()
                .then(|| assert_eq!((sync.status.as_str(), counts(&sync).failed), ("success", 0)))
        })
        .await;
    }

    assert_eq!(bench.show("count/customers").await["live"], customers);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_pause_the_integration_until_a_test_passes() {
    let mut bench = Bench::without_worker().await;
    bench.add_worker(&[("GENIACS_LIMITS__CREDENTIALS_TEST_SECONDS", "1")]);
    bench.customers(20).await;
    for status in [401, 403] {
        bench.admin("faults", json!({"error_rate": 1.0, "error_status": status})).await;
        let first = bench.ended(push(&bench, &run_settings()).await).await;
        assert_eq!((first.status.as_str(), first.error_type.as_deref()), ("failed", Some("credentials_refused")));

        let second = push(&bench, &run_settings()).await;
        let waiting = format!("SELECT status FROM geniacs_data_sync WHERE id = {second}");
        assert_eq!(bench.ask(&waiting).await, "pending");

        let asked = bench.show("stats").await;
        // One request to /health now and then is all.
        let pushes =
            |stats: &Value| answered(&json!({"by_call": {"": stats["by_call"]["POST /v1/customers/sync"]}}), "401");
        assert_eq!(pushes(&asked), pushes(&bench.show("stats").await));

        bench.admin("faults", json!({"error_rate": 0.0})).await;
        eventually("a test passes and the next sync starts", LIMIT, async || {
            let mut connection = bench.connection().await;
            storage::runs::syncs::start_next(&mut connection, bench.integration_id, EntityType::Customers)
                .await
                .expect("a step")
        })
        .await;
        assert_eq!(bench.ended(second).await.status, "success");
    }
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_waits_for_credentials_goes_on_with_the_new_ones() {
    let mut bench = Bench::without_worker().await;
    bench.customers(20).await;
    bench.admin("seed", json!({"entity": "nas_servers", "count": 5, "seed": 1})).await;
    bench.add_worker(&[]);

    // A running sync of another entity is held back, not failed, unless it was at it.
    let right = bench.ask("SELECT api_key_encrypted FROM geniacs_integrations").await;
    let wrong = bench.sealed("api_key_encrypted", "wrong");
    let set = |key: &str| format!("UPDATE geniacs_integrations SET api_key_encrypted = '{key}', version = version + 1");

    bench.sql(&set(&wrong)).await;
    let first = bench.ended(push(&bench, &run_settings()).await).await;
    assert_eq!(first.error_type.as_deref(), Some("credentials_refused"));

    let second = push(&bench, &run_settings()).await;
    bench.sql(&set(&right)).await;
    bench.accept_credentials().await;

    eventually("the next sync starts", LIMIT, async || {
        let mut connection = bench.connection().await;
        storage::runs::syncs::start_next(&mut connection, bench.integration_id, EntityType::Customers)
            .await
            .expect("a step")
    })
    .await;

    assert_eq!(bench.ended(second).await.status, "success");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_after_of_120_a_date_a_billion_or_rubbish_pauses_for_120_s_until_then_an_hour_or_the_default() {
    let bench = Bench::start().await;
    bench.customers(5).await;

    let in_two_minutes = (chrono::Utc::now() + chrono::Duration::minutes(2)).to_rfc2822().replace("+0000", "GMT");
    let cases = [
        (json!(120), 119..=120),
        (json!(in_two_minutes), 60..=120),
        (json!(1_000_000_000), 3_599..=3_600),
        (json!("soon"), 29..=30),
    ];
    for (told, seconds) in cases {
        bench.admin("faults", json!({"fail_next": {"count": 1, "status": 429}, "retry_after": told})).await;
        let id = push(&bench, &run_settings()).await;

        let left = "SELECT coalesce(ceil(extract(epoch FROM max(paused_until) - geniacs_now())), 0)::bigint
                    FROM integration_limits";
        let pause = eventually("the integration is paused", LIMIT, async || {
            let seconds: i64 = bench.ask(left).await.parse().expect("a number");
            (seconds > 0).then_some(seconds)
        })
        .await;

        assert!(seconds.contains(&pause), "{told}: {pause}");
        // Nobody waits that long here.
        bench.sql("UPDATE integration_limits SET paused_until = NULL").await;
        assert_eq!(bench.ended(id).await.status, "success", "{told}");
    }
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_hangs_or_drips_its_answers_holds_nothing_up_for_longer_than_a_request_may_take() {
    for faults in [json!({"hang_rate": 0.3}), json!({"drip_rate": 0.3, "drip_ms": 1_000})] {
        let bench = Bench::start().await;
        bench.customers(40).await;
        bench.admin("faults", faults.clone()).await;

        let settings = RunSettings { batch_size: 5, timeout_seconds: 1, max_attempts: 20, ..run_settings() };
        let sync = bench.ended(push(&bench, &settings).await).await;

        assert_eq!((sync.status.as_str(), counts(&sync).read), ("success", 40), "{faults}");
        let count = bench.show("count/customers").await;
        assert_eq!((&count["count"], &count["live"]), (&json!(40), &json!(40)), "{faults}");
        bench.stop().await;
    }
}
