//! Work that nobody took up.

use std::time::Duration;

use super::section::section;

section! {
    /// Work that nobody took up, because its message was lost.
    pub struct RescueSettings {
        after: Duration = new(
            "rescue.after_seconds",
            "30",
            "seconds after which work that nobody took up is woken again (1–3600)"
        ), duration(1..=3_600);
    }
}
