//! Live events.

mod stream;

pub(super) use stream::stream;
