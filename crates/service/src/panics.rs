//! Panics, logged without what they carry.

use std::panic::PanicHookInfo;

/// Replaces the standard panic message, which repeats the panic's payload and so perhaps a customer's data, by one log line
/// with the place in the code.
pub(crate) fn log_without_payload() {
    std::panic::set_hook(Box::new(log_panic));
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    let thread = std::thread::current();
    tracing::error!(code.location = location, thread.name = thread.name().unwrap_or("unnamed"), "a task panicked");
}
