//! Rate windows, breakers and refused credentials.

use futures_util::future::join_all;
use storage::partners::limits::{self, Rule};

use crate::stand::Stand;

/// A clock that stands still, so many seconds after a fixed moment.
async fn at(stand: &Stand, seconds: f64) {
    stand.stop_clock("2026-01-05 10:00:00+00").await;
    let head = "CREATE OR REPLACE FUNCTION geniacs_now() RETURNS timestamptz LANGUAGE sql STABLE";
    let body = format!("SELECT timestamptz '2026-01-05 10:00:00+00' + make_interval(secs => {seconds})");
    stand.execute(&format!("{head} AS $$ {body} $$")).await;
}

async fn limit(stand: &Stand, limits: &str) {
    stand.execute(&format!("UPDATE geniacs_integrations SET rate_limits = '{limits}' WHERE id = 1")).await;
}

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    /// Up to `seconds`, in steps of a hundredth.
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn seconds(&mut self, seconds: u64) -> f64 {
        self.below(seconds * 100) as f64 / 100.0
    }
}

/// The most moments in any stretch of that length.
fn busiest(moments: &[f64], length: f64) -> usize {
    let mut sorted = moments.to_vec();
    sorted.sort_by(f64::total_cmp);
    let within = |start: &f64| sorted.iter().filter(|moment| **moment >= *start && **moment < start + length).count();
    sorted.iter().map(within).max().unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn in_no_stretch_as_long_as_a_window_there_are_more_requests_than_its_limit_allows() {
    let stand = Stand::new().await;
    limit(&stand, r#"{"requests_per_minute": 7, "requests_per_hour": 90}"#).await;
    let mut connection = stand.connection().await;
    for seed in 1..=3 {
        let (mut dice, mut now, mut used) =
            (Dice(seed), f64::from(u32::try_from(seed).unwrap()) * 100_000.0, Vec::new());
        for _ in 0..250 {
            now += dice.seconds(40);
            at(&stand, now).await;
            let wanted = i32::try_from(1 + dice.below(5)).unwrap();
            let permits = limits::take(&mut connection, 1, wanted, 5.0).await.unwrap();
            // Some are used at once, some as late as they may be; some are given back, some are lost with their worker.
            let requests = permits.granted - i32::try_from(dice.below(3)).unwrap();
            used.extend((0..requests.max(0)).map(|_| now + dice.seconds(5)));
            let unused = permits.granted - requests.max(0);
            if unused > 0 && dice.below(2) == 0 {
                limits::give_back(&mut connection, 1, unused, &permits.counted).await.unwrap();
            }
        }

        assert!(used.len() > 60, "little was let through: {}", used.len());
        assert!(busiest(&used, 60.0) <= 7, "{} in a minute", busiest(&used, 60.0));
        assert!(busiest(&used, 3_600.0) <= 90, "{} in an hour", busiest(&used, 3_600.0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gets_no_permit_hears_when_there_can_be_one() {
    let stand = Stand::new().await;
    limit(&stand, r#"{"requests_per_minute": 3, "requests_per_day": 5}"#).await;
    let mut connection = stand.connection().await;

    at(&stand, 0.5).await;
    assert_eq!(limits::take(&mut connection, 1, 9, 0.0).await.unwrap().granted, 3);
    let refused = limits::take(&mut connection, 1, 1, 0.0).await.unwrap();
    assert_eq!(refused.granted, 0);
    assert!((60.0..=62.0).contains(&refused.wait_seconds), "{refused:?}");
    assert_eq!(stand.ask("SELECT held_until - geniacs_now() > interval '60 s' FROM integration_limits").await, "true");

    at(&stand, 0.5 + refused.wait_seconds - 0.01).await;
    assert_eq!(limits::take(&mut connection, 1, 1, 0.0).await.unwrap().granted, 0);
    at(&stand, 0.5 + refused.wait_seconds).await;
    assert_eq!(limits::take(&mut connection, 1, 9, 0.0).await.unwrap().granted, 2, "the day has two left");
    let of_the_day = limits::take(&mut connection, 1, 1, 0.0).await.unwrap();
    assert!((86_000.0..=90_000.0).contains(&of_the_day.wait_seconds), "{of_the_day:?}");

    let health = limits::health(&mut connection, &[1]).await.unwrap().pop().unwrap();
    assert_eq!(health.taken, [2, 5, 5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn permits_that_come_back_are_there_for_others_and_workers_at_once_get_no_more_than_all() {
    let stand = Stand::new().await;
    limit(&stand, r#"{"requests_per_minute": 20}"#).await;
    let takings = join_all((0..8).map(async |_| {
        let mut connection = stand.connection().await;
        limits::take(&mut connection, 1, 4, 5.0).await.unwrap()
    }))
    .await;
    assert_eq!(takings.iter().map(|permits| permits.granted).sum::<i32>(), 20);

    let mut connection = stand.connection().await;
    let some = takings.iter().find(|permits| permits.granted == 4).unwrap();
    limits::give_back(&mut connection, 1, 3, &some.counted).await.unwrap();
    assert_eq!(limits::take(&mut connection, 1, 9, 5.0).await.unwrap().granted, 3);
}

const RULE: Rule = Rule { failures: 3, wait_seconds: 10.0, longest_wait_seconds: 25.0 };

#[tokio::test(flavor = "multi_thread")]
async fn a_breaker_opens_after_failures_in_a_row_and_waits_twice_as_long_after_each_probe_that_fails() {
    let stand = Stand::new().await;
    let mut connection = stand.connection().await;
    at(&stand, 0.0).await;
    for _ in 0..2 {
        assert_eq!(limits::failed(&mut connection, 1, &RULE, false, 1.0).await.unwrap().open_for, None);
    }
    assert!(!limits::succeeded(&mut connection, 1).await.unwrap(), "it was closed");

    let mut waits = Vec::new();
    for probing in [false, false, false, false, true, true, true] {
        waits.push(limits::failed(&mut connection, 1, &RULE, probing, 1.0).await.unwrap().open_for);
    }
    assert_eq!(waits, [None, None, Some(10.0), Some(10.0), Some(20.0), Some(25.0), Some(25.0)]);

    assert!(limits::succeeded(&mut connection, 1).await.unwrap());
    assert_eq!(limits::standing(&mut connection, 1).await.unwrap(), limits::Standing::default());
    assert!(!limits::succeeded(&mut connection, 2).await.unwrap(), "nothing was ever noted of this one");
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_hold_until_they_are_accepted_and_only_if_they_still_are_the_same() {
    let stand = Stand::new().await;
    let mut connection = stand.connection().await;
    assert!(!limits::refuse_credentials(&mut connection, 1, 7, 60.0).await.unwrap(), "an older version's");
    assert!(!limits::standing(&mut connection, 1).await.unwrap().refused);

    assert!(limits::refuse_credentials(&mut connection, 1, 1, 60.0).await.unwrap());
    assert!(limits::standing(&mut connection, 1).await.unwrap().refused);
    assert_eq!(limits::due_tests(&mut connection, 60.0).await.unwrap(), []);

    stand.move_clock("61 seconds").await;
    let due = limits::due_tests(&mut connection, 60.0).await.unwrap();
    assert_eq!(due.iter().map(|test| test.integration_id).collect::<Vec<_>>(), [1]);
    assert_eq!(limits::due_tests(&mut connection, 60.0).await.unwrap(), [], "one worker makes each");

    assert!(limits::accept_credentials(&mut connection, 1).await.unwrap());
    assert!(!limits::accept_credentials(&mut connection, 1).await.unwrap());
    assert_eq!(stand.ask("SELECT held_until IS NULL FROM integration_limits").await, "true");
}
