//! Sending webhooks until they are accepted.

use super::events::Event;
use super::{Report, WebhookRun};
use crate::random::Random;
use crate::signature;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use std::time::{Duration, Instant};

/// How often one event is sent before it is given up.
const ATTEMPTS: u32 = 6;
/// The pause before the second attempt; it doubles from there on.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// What became of one delivery.
struct Delivery {
    attempts: u32,
    /// The time of the request that was accepted.
    accepted_in: Option<Duration>,
}

/// Sends all events, some of them twice or in another order if the order says so.
pub(crate) async fn deliver(http: &reqwest::Client, order: &WebhookRun, events: Vec<Event>) -> Report {
    let mut random = Random::new(order.seed.unwrap_or(1));
    let mut bodies: Vec<Bytes> = Vec::with_capacity(events.len());
    for event in &events {
        bodies.push(event.body.clone());
        if random.chance(order.duplicate_rate) {
            bodies.push(event.body.clone());
        }
    }
    if order.shuffle {
        random.shuffle(&mut bodies);
    }
    let started = Instant::now();
    let deliveries: Vec<Delivery> = stream::iter(bodies)
        .map(|body| send(http, order, body))
        .buffer_unordered(order.concurrency.clamp(1, 1_024))
        .collect()
        .await;
    report(events, &deliveries, started.elapsed())
}

async fn send(http: &reqwest::Client, order: &WebhookRun, body: Bytes) -> Delivery {
    let mut pause = FIRST_PAUSE;
    for attempt in 1..=ATTEMPTS {
        let started = Instant::now();
        let answer = post(http, &order.url, &order.secret, body.clone(), None).await;
        if let Ok(response) = answer {
            let accepted = response.status().is_success();
            // Only a body that was read leaves the connection for the next request.
            let _ = response.bytes().await;
            if accepted {
                return Delivery { attempts: attempt, accepted_in: Some(started.elapsed()) };
            }
        }
        if attempt < ATTEMPTS {
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }
    Delivery { attempts: ATTEMPTS, accepted_in: None }
}

/// Sends one body once, with its signature or the one given.
pub(crate) async fn post(
    http: &reqwest::Client,
    url: &str,
    secret: &str,
    body: Bytes,
    signature: Option<&str>,
) -> Result<reqwest::Response, reqwest::Error> {
    let signature = signature.map_or_else(|| signature::of_webhook(secret, &body), str::to_owned);
    let request = http.post(url).header("content-type", "application/json").header("x-geniacs-signature", signature);
    request.body(body).send().await
}

fn report(events: Vec<Event>, deliveries: &[Delivery], took: Duration) -> Report {
    let mut times: Vec<Duration> = deliveries.iter().filter_map(|delivery| delivery.accepted_in).collect();
    times.sort_unstable();
    let (ids, records) = events.into_iter().map(|event| (event.id, event.record)).unzip();
    Report {
        sent: deliveries.len(),
        accepted: times.len(),
        failed: deliveries.len() - times.len(),
        attempts: deliveries.iter().map(|delivery| delivery.attempts as usize).sum(),
        seconds: took.as_secs_f64(),
        p50_ms: percentile(&times, 50),
        p99_ms: percentile(&times, 99),
        events: ids,
        records,
    }
}

/// The time within which `percent` of all were done, in milliseconds; 0 if there are none.
fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(rank).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_ranks() {
        let times: Vec<_> = (1..=200).map(Duration::from_millis).collect();
        assert!((percentile(&times, 50) - 100.0).abs() < 0.001);
        assert!((percentile(&times, 99) - 198.0).abs() < 0.001);
        assert!(percentile(&[], 99).abs() < 0.001);
    }
}
