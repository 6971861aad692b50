//! Randomness that repeats with its seed (SplitMix64): good enough for faults and made-up people.

/// A stream of numbers.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The stream of the `item`th thing made from `seed`, independent of how many were made before.
    pub(crate) fn of_item(seed: u64, item: u64) -> Self {
        let mut stream = Self(seed ^ item.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        stream.next();
        stream
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 if there is none.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.up_to(u64::try_from(bound).unwrap_or(u64::MAX))).unwrap_or(0)
    }

    /// True in a share of `rate` of all calls.
    pub(crate) fn chance(&mut self, rate: f64) -> bool {
        let share = f64::from(u32::try_from(self.next() >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX);
        // Strictly below, so that a rate of 0 never happens; a rate of 1 always does.
        rate >= 1.0 || share < rate
    }

    /// A number below `bound`; 0 if there is none.
    pub(crate) fn up_to(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// One of these, of which there is at least one.
    pub(crate) fn choose<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_numbers() {
        let numbers = |seed| (0..5).map(|i| Random::of_item(seed, i).next()).collect::<Vec<_>>();
        assert_eq!(numbers(1), numbers(1));
        assert_ne!(numbers(1), numbers(2));
    }

    #[test]
    fn a_rate_is_a_share_and_its_ends_are_exact() {
        let mut random = Random::new(7);
        let mut hits = |rate| (0..10_000).filter(|_| random.chance(rate)).count();
        assert_eq!((hits(0.0), hits(1.0)), (0, 10_000));
        let fifth = hits(0.2);
        assert!((1_800..2_200).contains(&fifth), "{fifth}");
    }
}
