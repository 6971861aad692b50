//! Inputs for the short run: seeds, changed a little, always the same ones.

/// Signs and words that mean something to one reader or another.
const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\",
    ":",
    ",",
    "null",
    "true",
    "0",
    "-",
    ".",
    "e",
    "E",
    "1e999",
    "1e-131071",
    "\\u0000",
    "\\ud800",
    "\\u0024",
    "$serde_json::private::Number",
    "é",
    "\u{fffd}",
    "*",
    "/",
    "#",
    "L",
    "2147483648",
    "9223372036854775808",
    "99999999999999999999",
    " ",
    "\n",
    "T",
    "Z",
    "+00:00",
];
/// Longer inputs say nothing new.
const MOST: usize = 4 * 1024;

/// Makes inputs out of seeds. The same seed number gives the same inputs.
#[derive(Debug)]
pub struct Mutator {
    state: u64,
    seeds: Vec<Vec<u8>>,
}

impl Mutator {
    /// Inputs that begin like these.
    pub fn new(number: u64, seeds: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut seeds: Vec<Vec<u8>> = seeds.into_iter().collect();
        seeds.push(Vec::new());
        Self { state: number, seeds }
    }

    /// The next input.
    pub fn input(&mut self) -> Vec<u8> {
        let seed = self.below(self.seeds.len());
        let mut input = self.seeds[seed].clone();
        for _ in 0..=self.below(6) {
            self.change(&mut input);
        }
        input.truncate(MOST);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len() + 1);
        let end = at + self.below(input.len() - at + 1).min(64);

        match self.below(7) {
            0 => _ = input.drain(at..end),
            1 => drop(input.splice(at..at, input[at..end].to_vec())),
            2 => {
                let word = WORDS[self.below(WORDS.len())];
                drop(input.splice(at..at, word.bytes()));
            }
            3 => {
                let word = WORDS[self.below(WORDS.len())];
                drop(input.splice(at..end, word.bytes()));
            }
            4 => {
                // The same sign very often: depth, digits, blanks.
                let (sign, times) = (input.get(at).copied().unwrap_or(b'['), self.below(600));
                drop(input.splice(at..at, std::iter::repeat_n(sign, times)));
            }
            5 => {
                let other = self.below(self.seeds.len());
                let from = self.below(self.seeds[other].len() + 1);
                let piece = self.seeds[other][from..].to_vec();
                drop(input.splice(at..end, piece));
            }
            _ => {
                let bits = self.next().to_le_bytes();
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= bits[0];
                }
            }
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound.max(1)).unwrap_or(1)).unwrap_or_default()
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
