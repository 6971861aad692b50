//! Live events.

pub(super) mod stream;
