//! Live events.

pub(super) mod stream;

pub(super) use stream::stream;
