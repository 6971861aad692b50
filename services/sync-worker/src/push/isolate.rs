//! A batch at which the partner fails although it takes other requests: one of its records may be the reason. It is
//! split until that record stands alone, so that the others arrive. While everything fails, the partner is down, and
//! little is sent.
//!
//! A partner may also fail now and then, whatever it is sent. Therefore a record that stands alone is sent again some more
//! times, and fails for good only if the partner took others meanwhile and still answers. In any other case it waits for
//! another attempt.
//!
//! Where many requests in a row fail, either many records are bad or the partner has gone down meanwhile. A record that it
//! took before tells which: it is sent once more, and only where the partner answers that do the others go on.

use crate::failure::{Failure, Follows, Step, Work, follows};
use crate::outgoing::Prepared;
use crate::run::Run;
use geniacs::PushRecord;
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use storage::runs::chunks::Chunk;

/// Single records by which a partner that takes nothing as a whole is tried.
const CANARIES: usize = 3;
/// After so many requests that fail in a row it is asked whether the partner is down after all.
const MOST_FAILURES: usize = 8;
/// How often a record that failed alone is sent again within one attempt. A partner that fails at every fifth request at
/// random takes all but one of two million such records.
const ROUNDS: u32 = 8;
/// The wait before such a round doubles this often.
const LONGEST_WAIT_AT: u32 = 4;

/// A record that failed alone, and why.
pub(super) struct Suspect {
    /// The record, as it was sent.
    pub(super) alone: Vec<Prepared>,
    pub(super) failure: Failure,
}

/// What a chunk's requests have told so far.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the partner or the chunk")]
pub(super) struct Isolation {
    /// Whether a batch may be split: it failed before, or there is no other attempt.
    is_allowed: bool,
    /// Whether the partner answers other requests.
    partner_answers: bool,
    /// Whether it took records of the run meanwhile: a record that fails nevertheless is the reason itself.
    partner_takes: bool,
    /// A record that it took, with its Geniacs id, so that it can be sent once more and makes no second one.
    control: Option<PushRecord>,
    /// When the first of the requests failed that have had no proof of another reason since.
    failing_since: Option<Instant>,
    /// Requests that failed since one was taken.
    failures: usize,
    canaries: usize,
    rounds: u32,
    has_failed_alone: bool,
    /// Records that failed alone.
    suspects: Vec<Suspect>,
}

/// What to do with a batch at which the partner failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The partner is down: all that is left waits for another attempt.
    Stop,
    /// It may be: many requests have failed in a row.
    Doubt,
    /// It is read back, and its parts are sent one by one.
    Split,
    /// It is a record alone, which may be the reason; the others go on.
    Suspect,
}

impl Isolation {
    pub(super) fn of(run: &Run, chunk: &Chunk) -> Self {
        Self {
            is_allowed: chunk.attempt > 0 || is_last_attempt(run, chunk),
            // A success makes the failures before it forgotten: so others had one since this chunk's last attempt.
            partner_answers: chunk.attempt > 0 && !chunk.failing && !chunk.probing,
            partner_takes: false,
            control: None,
            failing_since: None,
            failures: 0,
            canaries: 0,
            rounds: 0,
            has_failed_alone: false,
            suspects: Vec::new(),
        }
    }

    /// Whether a failure now would be these records' own, and says nothing about the partner.
    pub(super) const fn is_own_failure(&self) -> bool {
        self.is_allowed && self.partner_answers
    }

    /// A request was answered, and this is one of the records that were taken.
    pub(super) fn succeeded(&mut self, taken: Option<PushRecord>) {
        (self.partner_answers, self.partner_takes, self.failures) = (true, true, 0);
        self.failing_since = None;
        self.control = taken.or(self.control.take());
    }

    pub(super) fn failed(&mut self, failure: &Failure, records: usize) -> Next {
        self.failures += 1;
        self.failing_since.get_or_insert_with(Instant::now);
        self.has_failed_alone |= records == 1;
        if self.failures > MOST_FAILURES { Next::Doubt } else { self.next(failure, records) }
    }

    /// The partner takes others: the requests that failed have failed because of their records.
    pub(super) fn partner_is_up(&mut self, failure: &Failure, records: usize) -> Next {
        self.failures = 0;
        self.next(failure, records)
    }

    /// Nothing shows that the partner takes anything.
    pub(super) const fn partner_may_be_down(&mut self) -> Next {
        self.partner_takes = false;
        Next::Stop
    }

    fn next(&mut self, failure: &Failure, records: usize) -> Next {
        let work = Work { step: Step::Send, several: records > 1, is_last: self.is_allowed };
        match follows(failure, work) {
            Follows::Split => Next::Split,
            Follows::FailRecord if self.partner_answers => Next::Suspect,
            Follows::FailRecord => {
                self.canaries += 1;
                if self.canaries < CANARIES { Next::Suspect } else { Next::Stop }
            }
            _ => Next::Stop,
        }
    }

    /// Keeps a record that failed alone.
    pub(super) fn suspect(&mut self, alone: Vec<Prepared>, failure: Failure) {
        self.suspects.push(Suspect { alone, failure });
    }

    pub(super) const fn has_suspects(&self) -> bool {
        !self.suspects.is_empty()
    }

    /// Whether so many records failed alone that a partner which went down meanwhile may be the reason.
    pub(super) const fn has_many_suspects(&self) -> bool {
        self.suspects.len() > MOST_FAILURES
    }

    /// A record that the partner took before, by which it can be asked whether it still does.
    pub(super) const fn control(&self) -> Option<&PushRecord> {
        self.control.as_ref()
    }

    /// For how long requests have failed.
    pub(super) fn failing_for(&self) -> Duration {
        self.failing_since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Whether the partner took records of the run meanwhile.
    pub(super) const fn partner_takes(&self) -> bool {
        self.partner_takes
    }

    /// Other chunks of the run had their records taken meanwhile.
    pub(super) const fn others_were_taken(&mut self) {
        self.partner_takes = true;
    }

    /// The records that failed alone, where they are to be sent once more, and how long to wait before it.
    pub(super) fn next_round(&mut self, first_wait: Duration) -> Option<(Duration, Vec<Suspect>)> {
        if !self.partner_takes || self.suspects.is_empty() || self.rounds == ROUNDS {
            return None;
        }
        let wait = first_wait * 2_u32.pow(self.rounds.min(LONGEST_WAIT_AT));
        self.rounds += 1;
        self.failures = 0;
        Some((wait, std::mem::take(&mut self.suspects)))
    }

    /// Whether a failure may be that of a single record, so that only another request can tell how the partner is.
    pub(super) const fn is_in_doubt(&self) -> bool {
        !self.suspects.is_empty() || (self.has_failed_alone && !self.partner_takes)
    }

    /// The records that failed alone, and whether they are the reason for it, provided that the partner still answers.
    pub(super) fn end(&mut self) -> (Vec<Suspect>, bool) {
        (std::mem::take(&mut self.suspects), self.partner_takes && self.rounds == ROUNDS)
    }

    /// Puts the parts of a batch in line. Halves go behind all others, so that those that are good arrive first; while
    /// nothing has gone through, some records go alone and before all others.
    pub(super) fn split(&self, mut batch: Vec<Prepared>, line: &mut VecDeque<Vec<Prepared>>) {
        if self.partner_answers {
            let second = batch.split_off(batch.len() / 2);
            line.push_back(batch);
            line.push_back(second);
            return;
        }

        let mut places = vec![0, batch.len() / 2, batch.len() - 1];
        places.dedup();
        // From the back, so that the places before stay.
        let canaries: Vec<Prepared> = places.into_iter().rev().map(|place| batch.remove(place)).collect();

        line.push_front(batch);
        for canary in canaries {
            line.push_front(vec![canary]);
        }
    }
}

/// Whether the chunk's records have no attempt after this one.
pub(super) fn is_last_attempt(run: &Run, chunk: &Chunk) -> bool {
    u32::try_from(chunk.attempt + 1).is_ok_and(|next| next >= run.frozen.settings.max_attempts)
}

/// The first request of a probe carries one record, any one: a batch that always fails would keep the breaker open.
pub(super) fn probe_with_one(chunk: &Chunk, line: &mut VecDeque<Vec<Prepared>>) {
    let Some(first) = line.front_mut().filter(|batch| chunk.probing && batch.len() > 1) else { return };
    let one = first.remove(rand::random_range(0..first.len()));
    line.push_front(vec![one]);
}
