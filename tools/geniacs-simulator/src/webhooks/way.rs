//! What happens to webhooks on their way: which come twice, in which order, how late.

use super::events::Event;
use crate::faults::WebhookFaults;
use crate::random::Random;
use bytes::Bytes;
use std::time::Duration;

/// Bodies in the order in which they are sent: at once, and later.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Way {
    pub(super) at_once: Vec<Bytes>,
    /// From when on each may be sent, the first ones first.
    pub(super) late: Vec<(Duration, Bytes)>,
}

impl Way {
    pub(super) fn of(events: &[Event], faults: &WebhookFaults, random: &mut Random) -> Self {
        let mut way = Self::default();
        for body in order_bodies(events, faults, random) {
            if random.chance(faults.late_rate) {
                let late = Duration::from_millis(1 + random.up_to(faults.late_ms));
                way.late.push((late, body));
            } else {
                way.at_once.push(body);
            }
        }

        way.late.sort_by_key(|(late, _)| *late);
        way
    }
}

fn order_bodies(events: &[Event], faults: &WebhookFaults, random: &mut Random) -> Vec<Bytes> {
    let mut bodies = Vec::with_capacity(events.len());
    for event in events {
        let more = if random.chance(faults.duplicate_rate) { faults.copies.max(1) } else { 0 };
        bodies.extend(std::iter::repeat_n(&event.body, 1 + more).cloned());
    }

    if faults.shuffle_within > 1 {
        bodies.chunks_mut(faults.shuffle_within).for_each(|batch| random.shuffle(batch));
    }

    if faults.shuffle {
        random.shuffle(&mut bodies);
    }

    bodies
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(faults: &WebhookFaults) -> Way {
        let event = |number: u8| Event { id: String::new(), record: String::new(), body: vec![number].into() };
        Way::of(&(0..100).map(event).collect::<Vec<_>>(), faults, &mut Random::new(1))
    }

    fn numbers(way: &Way) -> Vec<u8> {
        way.at_once.iter().map(|body| body[0]).collect()
    }

    #[test]
    fn without_faults_events_come_once_and_in_order() {
        let way = sent(&WebhookFaults::default());
        assert!(numbers(&way).into_iter().eq(0..100) && way.late.is_empty());
    }

    #[test]
    fn a_share_comes_again_with_the_same_body() {
        let way = sent(&WebhookFaults { duplicate_rate: 1.0, copies: 2, ..WebhookFaults::default() });
        assert!(numbers(&way).into_iter().eq((0..100).flat_map(|number| [number; 3])));
        let some = numbers(&sent(&WebhookFaults { duplicate_rate: 0.2, ..WebhookFaults::default() })).len();
        assert!((105..140).contains(&some), "{some}");
    }

    #[test]
    fn the_order_is_lost_within_batches_or_altogether() {
        let within = numbers(&sent(&WebhookFaults { shuffle_within: 10, ..WebhookFaults::default() }));
        assert!(within.iter().enumerate().all(|(at, number)| at / 10 == usize::from(number / 10)));
        assert!(!within.is_sorted());
        let all = numbers(&sent(&WebhookFaults { shuffle: true, ..WebhookFaults::default() }));
        assert!(all.iter().enumerate().any(|(at, number)| at.abs_diff(usize::from(*number)) > 50));
    }

    #[test]
    fn late_ones_wait_for_their_time() {
        let way = sent(&WebhookFaults { late_rate: 0.5, late_ms: 50, ..WebhookFaults::default() });
        assert_eq!(way.at_once.len() + way.late.len(), 100);
        assert!((30..70).contains(&way.late.len()), "{}", way.late.len());
        assert!(way.late.is_sorted_by_key(|(late, _)| *late));
        assert!(way.late.iter().all(|(late, _)| *late <= Duration::from_millis(50)));
    }
}
