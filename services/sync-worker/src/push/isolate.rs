//! A batch at which the partner fails although it takes other requests: one of its records may be the reason. It is
//! split until that record stands alone, so that the others arrive. While everything fails, the partner is down, and
//! little is sent.

use super::prepare::Prepared;
use crate::failure::{Failure, Follows, Step, Work, follows};
use crate::run::Run;
use std::collections::VecDeque;
use storage::chunks::Chunk;

/// Single records by which a partner that takes nothing as a whole is tried.
const CANARIES: usize = 3;
/// So many requests that fail in a row mean that the partner is down after all.
const MOST_FAILURES: usize = 8;

/// What a chunk's requests have told so far.
pub(super) struct Isolation {
    /// Whether a batch may be split: it failed before, or there is no other attempt.
    is_allowed: bool,
    is_last: bool,
    /// Whether the partner takes other requests.
    partner_works: bool,
    failures: usize,
    canaries: usize,
    /// Records that failed alone before anything went through.
    suspects: Vec<(Vec<Prepared>, Failure)>,
}

/// What to do with a batch at which the partner failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The partner is down: all that is left waits for another attempt.
    Stop,
    /// It is read back, and its parts are sent one by one.
    Split,
    /// It is a record alone, which may be the reason; the others go on.
    Suspect,
}

impl Isolation {
    pub(super) fn of(run: &Run, chunk: &Chunk) -> Self {
        let is_last = u32::try_from(chunk.attempt + 1).is_ok_and(|next| next >= run.frozen.settings.max_attempts);
        Self {
            is_allowed: chunk.attempt > 0 || is_last,
            is_last,
            // Whoever succeeds forgets the failures before: so others have, since this chunk's last attempt.
            partner_works: chunk.attempt > 0 && !chunk.failing && !chunk.probing,
            failures: 0,
            canaries: 0,
            suspects: Vec::new(),
        }
    }

    /// Whether a failure now would be these records' own, and says nothing about the partner.
    pub(super) const fn is_own_failure(&self) -> bool {
        self.is_allowed && self.partner_works
    }

    pub(super) const fn is_last(&self) -> bool {
        self.is_last
    }

    pub(super) fn succeeded(&mut self) {
        (self.partner_works, self.failures) = (true, 0);
    }

    pub(super) fn failed(&mut self, failure: &Failure, records: usize) -> Next {
        self.failures += 1;
        let work = Work { step: Step::Send, several: records > 1, is_last: self.is_allowed };
        match follows(failure, work) {
            _ if self.failures > MOST_FAILURES => Next::Stop,
            Follows::Split => Next::Split,
            Follows::FailRecord if self.partner_works => Next::Suspect,
            Follows::FailRecord => {
                self.canaries += 1;
                if self.canaries < CANARIES { Next::Suspect } else { Next::Stop }
            }
            _ => Next::Stop,
        }
    }

    /// Keeps a record that failed alone.
    pub(super) fn suspect(&mut self, alone: Vec<Prepared>, failure: Failure) {
        self.suspects.push((alone, failure));
    }

    /// The records that failed alone, and whether the partner took others, so that they are the reason.
    pub(super) fn end(&mut self) -> (Vec<(Vec<Prepared>, Failure)>, bool) {
        (std::mem::take(&mut self.suspects), self.partner_works)
    }

    /// Puts the parts of a batch in line. Halves go behind all others, so that those that are good arrive first; while
    /// nothing has gone through, some records go alone and before all others.
    pub(super) fn split(&self, mut batch: Vec<Prepared>, line: &mut VecDeque<Vec<Prepared>>) {
        if self.partner_works {
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

/// The first request of a probe carries one record, any one: a batch that always fails would keep the breaker open.
pub(super) fn probe_with_one(chunk: &Chunk, line: &mut VecDeque<Vec<Prepared>>) {
    let Some(first) = line.front_mut().filter(|batch| chunk.probing && batch.len() > 1) else { return };
    let one = first.remove(rand::random_range(0..first.len()));
    line.push_front(vec![one]);
}
