//! Events that came while the database was away: kept by the broker with their bodies, and stored now.

use crate::failure::Failure;
use crate::worker::Worker;
use broker::{Batch, Decision, Delivery};
use chrono::DateTime;
use messages::{Message, v1::WebhookDelivery};
use storage::sqlstate::passing;
use storage::webhooks::arrivals::Envelope;
use storage::webhooks::{self, Arrival, Repeat, Stored};

/// Bytes of bodies that are read and stored together; a body becomes several times as large while it is read.
const MOST_BYTES: usize = 1024 * 1024;

/// Stores the events among these messages, and decides each message. One that the database refuses for what it holds
/// keeps no other from being stored.
pub(super) async fn store(worker: &Worker, messages: &Batch) -> Vec<Decision> {
    let mut decisions = Vec::with_capacity(messages.len());

    while let Some(rest) = messages.get(decisions.len()..).filter(|rest| !rest.is_empty()) {
        let together = together(rest.iter().map(|message| body(message.as_ref()).len()));
        let (now, _) = rest.split_at(together);

        let mut events = Vec::with_capacity(now.len());
        let begin = decisions.len();

        for (place, message) in now.iter().enumerate() {
            decisions.push(match message.as_ref().as_ref().map(|delivery| &delivery.message) {
                Ok(Message::WebhookDelivery(delivery)) => match arrival(delivery) {
                    Ok(arrival) => {
                        events.push((begin + place, arrival));
                        Decision::Done
                    }
                    Err(reason) => Decision::DeadLetter { reason },
                },
                Ok(_) => Decision::Done,
                Err(unreadable) => Decision::DeadLetter { reason: unreadable.error.clone() },
            });
        }

        if let Err(error) = store_events(worker, &events, &mut decisions).await {
            tracing::warn!(%error, events = events.len(), "webhooks from the queue could not be stored yet");
            decisions.truncate(begin);
            decisions.resize(messages.len(), Decision::RetryLater);
        }
    }
    decisions
}

/// How many bodies of these lengths are taken together: the first one in any case.
fn together(lengths: impl Iterator<Item = usize>) -> usize {
    let mut bytes = 0;
    let fitting = lengths.take_while(|length| {
        bytes += length;
        bytes <= MOST_BYTES
    });
    fitting.count().max(1)
}

fn body(message: &Result<Delivery, broker::Unreadable>) -> &[u8] {
    match message.as_ref().map(|delivery| &delivery.message) {
        Ok(Message::WebhookDelivery(delivery)) => &delivery.body,
        _ => &[],
    }
}

/// Reads an event as it arrived, or says why it is none.
fn arrival(delivery: &WebhookDelivery) -> Result<Arrival, String> {
    let envelope = Envelope {
        integration_id: delivery.integration_id,
        signature: &delivery.signature,
        received_at: DateTime::from_timestamp_micros(delivery.received_at_micros).unwrap_or_default(),
        traceparent: None,
    };
    let arrival = Arrival::read(envelope, &delivery.body).map_err(|malformed| malformed.to_string())?;
    Ok(Arrival { dedupe_key: delivery.dedupe_key.clone(), ..arrival })
}

/// Stores events in one statement, or, where the database refuses one of them, one by one. An error means that the
/// database is in trouble; what was stored before it is known again by its key.
async fn store_events(worker: &Worker, events: &[(usize, Arrival)], decisions: &mut [Decision]) -> Result<(), Failure> {
    let all: Vec<&Arrival> = events.iter().map(|(_, arrival)| arrival).collect();
    match insert(worker, &all).await {
        Err(Failure::Database(error)) if passing(&error).is_none() => {}
        done => return done,
    }

    for (place, arrival) in events {
        match insert(worker, &[arrival]).await {
            Err(Failure::Database(error)) if passing(&error).is_none() => {
                if let Some(decision) = decisions.get_mut(*place) {
                    *decision = Decision::DeadLetter { reason: "the database refuses what the event holds".to_owned() };
                }
            }
            done => done?,
        }
    }
    Ok(())
}

async fn insert(worker: &Worker, events: &[&Arrival]) -> Result<(), Failure> {
    if events.is_empty() {
        return Ok(());
    }
    let mut connection = worker.connection().await?;
    let stored = webhooks::store(&mut connection, events).await?;

    // The same body may have come twice through the broker; another one may not.
    let different = events.iter().zip(stored).filter(|(_, stored)| *stored == Stored::Different);
    let repeats: Vec<Repeat<'_>> = different
        .map(|(event, _)| Repeat {
            integration_id: event.integration_id,
            dedupe_key: &event.dedupe_key,
            different: true,
        })
        .collect();

    if !repeats.is_empty() {
        tracing::warn!(events = repeats.len(), "event ids came again with another body; those are not applied");
        webhooks::note_repeats(&mut connection, &repeats).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_taken_together_up_to_a_size_and_a_large_one_alone() {
        assert_eq!(together([1_000; 50].into_iter()), 50);
        assert_eq!(together([MOST_BYTES / 2, MOST_BYTES / 2, 1].into_iter()), 2);
        assert_eq!(together([MOST_BYTES + 1, 1].into_iter()), 1);
    }
}
