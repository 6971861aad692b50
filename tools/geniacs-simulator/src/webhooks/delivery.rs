//! Sending webhooks until they are accepted.

use super::events::Event;
use super::way::Way;
use super::{Address, DeliveryReport, WebhookRun};
use crate::faults::WebhookFaults;
use crate::random::Random;
use crate::signature;
use bytes::Bytes;
use futures_util::future::join;
use futures_util::{StreamExt, stream};
use std::time::{Duration, Instant};

/// How often one event is sent before it is given up.
const ATTEMPTS: u32 = 6;
/// The pause before the second attempt; it doubles from there on.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The outcome of one delivery.
pub(super) struct Delivery {
    pub(super) attempts: u32,
    /// The time of the request that was accepted.
    pub(super) accepted_in: Option<Duration>,
}

/// Sends all events, some of them twice, late, or in another order if the faults say so.
pub(crate) async fn deliver_events(
    http: &reqwest::Client,
    address: &Address,
    order: &WebhookRun,
    faults: &WebhookFaults,
    events: Vec<Event>,
) -> DeliveryReport {
    let way = Way::of(&events, faults, &mut Random::new(order.seed.unwrap_or(1)));
    let late_ones = way.late.len();
    let at_a_time = order.concurrency.clamp(1, 1_024);

    let started = Instant::now();
    let at_once = stream::iter(way.at_once).map(|body| send_event(http, address, body)).buffer_unordered(at_a_time);

    // They are sorted by time, so an event that waits long never keeps an earlier one from its place.
    let late = stream::iter(way.late).map(|(late, body)| async move {
        tokio::time::sleep(late.saturating_sub(started.elapsed())).await;
        send_event(http, address, body).await
    });

    let (mut deliveries, late): (Vec<Delivery>, Vec<Delivery>) =
        join(at_once.collect(), late.buffer_unordered(at_a_time).collect()).await;
    deliveries.extend(late);

    DeliveryReport::of(events, &deliveries, late_ones, started.elapsed())
}

async fn send_event(http: &reqwest::Client, address: &Address, body: Bytes) -> Delivery {
    let mut pause = FIRST_PAUSE;
    for attempt in 1..=ATTEMPTS {
        let started = Instant::now();
        let answer = post_webhook(http, address, body.clone(), None).await;
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
pub(crate) async fn post_webhook(
    http: &reqwest::Client,
    address: &Address,
    body: Bytes,
    signature: Option<&str>,
) -> Result<reqwest::Response, reqwest::Error> {
    let signature = signature.map_or_else(|| signature::of_webhook(&address.secret, &body), str::to_owned);
    let request = http.post(&address.url).header("content-type", "application/json");
    request.header("x-geniacs-signature", signature).body(body).send().await
}
