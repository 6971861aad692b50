//! The whole system as processes, for tests that look at it from outside.
#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

mod partner;
mod process;
mod servers;
mod stack;

pub use partner::Partner;
pub use process::Process;
pub use servers::Servers;
pub use stack::{LIMIT, Stack, StackOptions};
