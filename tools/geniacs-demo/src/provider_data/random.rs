//! Randomness that repeats with its seed (SplitMix64), whatever becomes of any library.

/// A stream of numbers.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// The stream of the `item`th thing made from `seed`, independent of how many were made before.
    pub(crate) fn of_item(seed: u64, item: u64) -> Self {
        let mut stream = Self(seed ^ item.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        stream.next();
        stream
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 if there is none.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// True `in_thousand` times in a thousand.
    pub(crate) fn chance(&mut self, in_thousand: u64) -> bool {
        self.below(1_000) < in_thousand
    }

    /// One of several.
    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap_or(0)]
    }

    /// One of several, each with its share; the last one takes what is left.
    pub(crate) fn weighted<T: Copy>(&mut self, shares: &[(u64, T)]) -> T {
        let mut place = self.below(shares.iter().map(|(share, _)| share).sum());
        for (share, value) in shares {
            match place.checked_sub(*share) {
                None => return *value,
                Some(rest) => place = rest,
            }
        }
        shares[shares.len() - 1].1
    }

    /// So many decimal digits.
    pub(crate) fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + u8::try_from(self.below(10)).unwrap_or(0))).collect()
    }
}
