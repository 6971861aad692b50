//! Asking for several records by their ids. One that the partner cannot show does not keep the others from being seen.

use crate::{Client, Lookup, PartnerError};
use domain::EntityType;
use futures_util::future::join_all;
use std::time::Duration;

/// Requests that are under way at once.
const AT_ONCE: usize = 8;
/// How often a record at which the partner failed is asked for again.
const ROUNDS: u32 = 4;
/// So many requests that fail in a row mean that the partner is down.
const MOST_FAILURES: usize = 8;
/// The wait before the first of these rounds; it doubles.
const PAUSE: Duration = Duration::from_millis(50);

/// The answers so far, by the place of the id.
struct HeardLookups {
    lookups: Vec<Option<Lookup>>,
    failed: Vec<(usize, PartnerError)>,
    failures: usize,
    has_answered: bool,
}

impl HeardLookups {
    /// Takes an answer. An error ends it all: no other request can do better.
    fn take(&mut self, place: usize, answer: Result<Lookup, PartnerError>) -> Result<(), PartnerError> {
        match answer {
            Ok(lookup) => {
                (self.failures, self.has_answered) = (0, true);
                if let Some(slot) = self.lookups.get_mut(place) {
                    *slot = Some(lookup);
                }
            }
            Err(error) if error.is_outage() => {
                self.failures += 1;
                self.failed.push((place, error));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn is_down(&self) -> bool {
        self.failures > MOST_FAILURES || (!self.has_answered && self.failures > 0)
    }
}

impl Client {
    /// Records by their Geniacs ids, some at once, in the order of the ids. Where the partner fails at some however often it
    /// is asked, and answers about others, nobody knows of those.
    pub async fn get_each(&self, entity: EntityType, ids: &[&str]) -> Result<Vec<Lookup>, PartnerError> {
        let mut heard =
            HeardLookups { lookups: vec![None; ids.len()], failed: Vec::new(), failures: 0, has_answered: false };
        let places: Vec<usize> = (0..ids.len()).collect();

        for some in places.chunks(AT_ONCE) {
            let requests = some.iter().filter_map(|place| Some(self.get(entity, ids.get(*place)?)));
            for (place, answer) in some.iter().zip(join_all(requests).await) {
                heard.take(*place, answer)?;
            }
            // When every answer so far was an outage, asking about the rest only burdens the partner.
            if heard.is_down() {
                break;
            }
        }

        for round in 0..ROUNDS {
            if heard.failed.is_empty() || heard.is_down() {
                break;
            }

            tokio::time::sleep(PAUSE * 2_u32.pow(round)).await;
            for (place, _) in std::mem::take(&mut heard.failed) {
                let Some(id) = ids.get(place) else { continue };
                let answer = self.get_again(entity, id).await;
                heard.take(place, answer)?;
            }
        }

        if heard.is_down()
            && let Some((_, error)) = heard.failed.pop()
        {
            return Err(error);
        }

        for (place, error) in heard.failed {
            if let Some(slot) = heard.lookups.get_mut(place) {
                *slot = Some(Lookup::Unknown(error.to_string()));
            }
        }

        Ok(heard.lookups.into_iter().flatten().collect())
    }

    /// The record once more, after the partner has answered about others: another failure says nothing about the partner.
    async fn get_again(&self, entity: EntityType, id: &str) -> Result<Lookup, PartnerError> {
        self.own_failures(true);
        let answer = self.get(entity, id).await;
        self.own_failures(false);
        answer
    }
}
