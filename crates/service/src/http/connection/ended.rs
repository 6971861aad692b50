//! Connections that were refused or cut: each is counted, but they do not get a line of the log each.

use std::io;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_http::error::DispatchError;

use super::{Cut, Refused};
use crate::metrics::{self, Counter, KeyValue};

static ENDED: LazyLock<Counter<u64>> = LazyLock::new(|| {
    metrics::counter("http.server.connections.ended", "Connections that this server refused or cut, by reason.")
});

/// Between two lines of the log.
const LINE_EVERY: Duration = Duration::from_secs(10);

struct Unsaid {
    connections: u64,
    last_line: Option<Instant>,
}

static UNSAID: Mutex<Unsaid> = Mutex::new(Unsaid { connections: 0, last_line: None });

/// Notes a connection that was closed as soon as it was accepted.
pub(in crate::http) fn note_refused(reason: Refused) {
    note_ended(match reason {
        Refused::Total => "too_many_connections",
        Refused::Address => "too_many_of_one_address",
    });
}

/// Notes a connection that ended by a failure. That a client leaves is none.
pub(in crate::http) fn note_failed(error: &DispatchError) {
    match error {
        DispatchError::Io(error) => {
            if let Some(reason) = cut_reason(error) {
                note_ended(reason);
            }
        }
        DispatchError::Parse(_) => note_ended("malformed_request"),
        DispatchError::DisconnectTimeout | DispatchError::SlowRequestTimeout => note_ended("slow_client"),
        _ => {}
    }
}

fn cut_reason(error: &io::Error) -> Option<&'static str> {
    Some(match error.get_ref()?.downcast_ref::<Cut>()? {
        Cut::SlowHead => "slow_request",
        Cut::SlowReader => "slow_reader",
        Cut::Flood => "too_many_bytes",
    })
}

fn note_ended(reason: &'static str) {
    ENDED.add(1, &[KeyValue::new("reason", reason)]);

    let mut unsaid = UNSAID.lock().unwrap_or_else(PoisonError::into_inner);
    unsaid.connections += 1;
    // A flood of connections must not become a flood of log lines.
    if unsaid.last_line.is_some_and(|last| last.elapsed() < LINE_EVERY) {
        return;
    }

    let connections = std::mem::take(&mut unsaid.connections);
    unsaid.last_line = Some(Instant::now());
    // The lock is not held while the line is written.
    drop(unsaid);

    tracing::warn!(connections, reason, "connections of clients were refused or cut; the metrics count them by reason");
}
