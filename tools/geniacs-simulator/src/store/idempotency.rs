//! Answers that are kept for requests that come again.

use bytes::Bytes;
use std::collections::{HashMap, VecDeque};

/// How many bytes of answers are kept for each entity; the oldest go first.
const KEPT_BYTES: usize = 32 * 1024 * 1024;

/// The answers by idempotency key.
#[derive(Debug, Default)]
pub(crate) struct Idempotency {
    answers: HashMap<Box<str>, KeptAnswer>,
    oldest_first: VecDeque<Box<str>>,
    bytes: usize,
}

#[derive(Debug)]
struct KeptAnswer {
    body_hash: [u8; 32],
    answer: Bytes,
}

/// The state of a key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Replay {
    /// Nothing.
    New,
    /// The same request was answered like this.
    Answered(Bytes),
    /// The key came with another body.
    OtherBody,
}

impl Idempotency {
    pub(crate) fn look_up(&self, key: &str, body_hash: &[u8; 32]) -> Replay {
        match self.answers.get(key) {
            None => Replay::New,
            Some(kept) if kept.body_hash == *body_hash => Replay::Answered(kept.answer.clone()),
            Some(_) => Replay::OtherBody,
        }
    }

    pub(crate) fn keep(&mut self, key: &str, body_hash: [u8; 32], answer: Bytes) {
        self.bytes += answer.len();
        if let Some(before) = self.answers.insert(key.into(), KeptAnswer { body_hash, answer }) {
            self.bytes -= before.answer.len();
        } else {
            self.oldest_first.push_back(key.into());
        }

        // Long runs must not fill the memory with answers.
        while self.bytes > KEPT_BYTES {
            let Some(key) = self.oldest_first.pop_front() else { break };
            self.bytes -= self.answers.remove(&key).map_or(0, |kept| kept.answer.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_answers_go_when_there_are_too_many() {
        let mut kept = Idempotency::default();
        let answer = Bytes::from(vec![0; KEPT_BYTES / 4]);
        for key in ["a", "b", "c", "d", "e"] {
            kept.keep(key, [0; 32], answer.clone());
        }
        assert_eq!(kept.look_up("a", &[0; 32]), Replay::New);
        assert_eq!(kept.look_up("e", &[0; 32]), Replay::Answered(answer));
        assert_eq!(kept.look_up("e", &[1; 32]), Replay::OtherBody);
    }
}
