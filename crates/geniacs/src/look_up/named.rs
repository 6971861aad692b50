//! Asking for records by their local ids. A request at which the partner fails is divided, so that a record that it cannot
//! show does not hide the others.

use super::LookUp;
use super::seen::Seen;
use crate::place::Place;
use crate::{Client, PartnerError};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// How often a record is asked for alone before it counts as one that the partner cannot show.
const TRIES: usize = 4;
/// So many requests that fail in a row mean that the partner is down.
const MOST_FAILURES: usize = 8;
/// The same as long as it has answered none.
const MOST_AT_FIRST: usize = 2;
/// Before a request is repeated or divided.
const PAUSE: Duration = Duration::from_millis(50);

/// Whether one of the records that were asked for may be the reason. Without an answer, or with one that says that the partner
/// is not there (503), it is not.
const fn may_be_of_a_record(error: &PartnerError) -> bool {
    matches!(
        error,
        PartnerError::Unavailable { status: 500, .. }
            | PartnerError::SaidFailed { .. }
            | PartnerError::Malformed { .. }
    )
}

impl Client {
    /// Asks for records by `external_id`. False: the partner ignores the parameter, as it shows others too.
    pub(super) async fn ask_by_name(
        &self,
        look_up: &LookUp<'_>,
        ids: &[i64],
        seen: &mut Seen<'_>,
    ) -> Result<bool, PartnerError> {
        let answer = self.ask_divided(look_up, ids, seen).await;
        self.own_failures(false);
        answer
    }

    async fn ask_divided(&self, look_up: &LookUp<'_>, ids: &[i64], seen: &mut Seen<'_>) -> Result<bool, PartnerError> {
        // One place in each request is for the control.
        let mut line: VecDeque<Vec<i64>> = ids.chunks(Self::MOST_EXTERNAL_IDS - 1).map(<[i64]>::to_vec).collect();
        let mut control = look_up.control;
        let (mut failures, mut has_answered) = (0, false);
        let mut tries: HashMap<i64, usize> = HashMap::new();

        while let Some(some) = line.pop_front() {
            let error = match self.ask_for(look_up, &some, control, seen).await {
                Ok(false) => return Ok(false),
                Ok(true) => {
                    (failures, has_answered) = (0, true);
                    continue;
                }
                Err(error) => error,
            };

            failures += 1;

            let most = match has_answered {
                // A partner that has answered is up, so its failures belong to single records, and many are borne.
                true => MOST_FAILURES,
                false if look_up.is_probe || !may_be_of_a_record(&error) => 0,
                false => MOST_AT_FIRST,
            };

            if !error.is_outage() || failures > most {
                return Err(error);
            }
            // Only the first failure tells of the partner. It may also be the control at which it fails.
            self.own_failures(true);
            control = None;
            tokio::time::sleep(PAUSE).await;

            match some.as_slice() {
                // A request about a single record cannot be divided any more, so it is only repeated.
                [alone] => {
                    let tries = tries.entry(*alone).or_default();
                    *tries += 1;
                    if *tries < TRIES {
                        line.push_back(some);
                    } else if has_answered {
                        seen.failed_at(*alone, error);
                    } else {
                        return Err(error);
                    }
                }
                // Two of them tell whether the partner answers at all.
                [first, rest @ .., last] if !has_answered => {
                    line.push_front(rest.to_vec());
                    line.push_front(vec![*last]);
                    line.push_front(vec![*first]);
                }
                // Halving finds the record at which the partner fails with few requests.
                several => {
                    let (first, second) = several.split_at(several.len() / 2);
                    line.push_back(first.to_vec());
                    line.push_back(second.to_vec());
                }
            }
            line.retain(|some| !some.is_empty());
        }

        Ok(true)
    }

    /// One question, page by page.
    async fn ask_for(
        &self,
        look_up: &LookUp<'_>,
        ids: &[i64],
        control: Option<i64>,
        seen: &mut Seen<'_>,
    ) -> Result<bool, PartnerError> {
        let wanted: Vec<String> = ids.iter().map(i64::to_string).collect();
        let names: Vec<String> = wanted.iter().cloned().chain(control.map(|id| id.to_string())).collect();

        let mut place = Place::default();
        loop {
            let page = self.named_page(look_up.entity, &names, place.cursor()).await;
            let Some(page) = place.move_past(page)? else { continue };

            let asked_for = |id: &Option<String>| id.as_ref().is_some_and(|id| names.contains(id));
            let shows_others = page.records.iter().any(|record| !asked_for(&record.external_id));

            seen.take(page);
            // The partner ignores the filter: its answer says nothing about records that are not in it.
            if shows_others {
                return Ok(false);
            }

            if place.is_at_end() {
                break;
            }
        }

        seen.ended(wanted.iter().all(|name| seen.has(name)))?;
        Ok(true)
    }
}
