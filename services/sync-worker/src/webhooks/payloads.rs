//! Reading what locked events say. One whose payload cannot be read back has failed an attempt, alone.

use super::alone::again;
use super::batch::{Results, aside};
use crate::failure::{Failure, Step, Together, together_or_apart};
use serde_json::Value;
use storage::Connection;
use storage::webhooks::{self, Claimed, Event};

/// What became of an event whose payload cannot be read.
const UNREADABLE: &str = "unreadable";

/// Reads the payloads of events, and puts those off that cannot be read, or sets them aside.
pub(super) async fn read(
    connection: &mut Connection,
    claimed: Vec<Claimed>,
    results: &mut Results,
) -> Result<Vec<Event>, Failure> {
    let ids: Vec<i64> = claimed.iter().map(|event| event.id).collect();
    let payloads = together_or_apart(connection, Step::Read, &Payloads, &ids).await?;

    let mut events = Vec::with_capacity(claimed.len());
    for (event, payload) in claimed.into_iter().zip(payloads) {
        let reason = match payload {
            Ok(Some(payload)) => {
                events.push(event.with(payload));
                continue;
            }
            Ok(None) => "the payload is beyond what is read".to_owned(),
            Err(failure) => format!("the payload cannot be read back: {failure}"),
        };

        tracing::warn!(event_id = event.id, reason, "a stored event cannot be read");
        match again(event.id, event.processing_attempts, UNREADABLE, reason.clone()) {
            Some(later) => results.put_off.push(later),
            None => results.verdicts.push(aside(event.id, UNREADABLE, reason)),
        }
    }
    Ok(events)
}

struct Payloads;

impl Together for Payloads {
    type Item = i64;
    type Made = Option<Value>;

    async fn together(&self, connection: &mut Connection, ids: &[i64]) -> Result<Vec<Option<Value>>, Failure> {
        Ok(webhooks::payloads(connection, ids).await?)
    }
}
