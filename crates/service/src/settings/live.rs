//! The live stream of events.

use super::section::section;

section! {
    /// The live stream of events.
    pub struct LiveSettings {
        max_listeners: usize = new(
            "live.max_listeners",
            "500",
            "listeners to live events that one gateway takes, half of them with one token; one more gets a 503 (0–100000)"
        ), number(0..=100_000);
    }
}
