//! Counters, by queue.

use opentelemetry::metrics::Counter;
use opentelemetry::{KeyValue, global};

use crate::Queue;

/// The counters of one broker, taken from the global meter when it starts.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    pub(crate) published: Counter<u64>,
    pub(crate) confirmed: Counter<u64>,
    pub(crate) returned: Counter<u64>,
    pub(crate) consumed: Counter<u64>,
    pub(crate) acked: Counter<u64>,
    pub(crate) retried: Counter<u64>,
    pub(crate) dead_lettered: Counter<u64>,
    pub(crate) panics: Counter<u64>,
    pub(crate) reconnects: Counter<u64>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let meter = global::meter("broker");
        let counter = |name: &'static str, description: &'static str| {
            meter.u64_counter(name).with_description(description).build()
        };
        Self {
            published: counter("broker.published", "Messages handed to RabbitMQ"),
            confirmed: counter("broker.confirmed", "Messages that RabbitMQ confirmed and did not return"),
            returned: counter("broker.returned", "Messages that no queue took"),
            consumed: counter("broker.consumed", "Messages received"),
            acked: counter("broker.acked", "Messages done"),
            retried: counter("broker.retried", "Messages given back to be tried again"),
            dead_lettered: counter("broker.dead_lettered", "Messages given up"),
            panics: counter("broker.panics", "Handlers that panicked"),
            reconnects: counter("broker.reconnects", "Connections that were lost and are built again"),
        }
    }
}

/// Adds one for a queue.
pub(crate) fn count_one(counter: &Counter<u64>, queue: Queue) {
    counter.add(1, &[KeyValue::new("queue", queue.as_str())]);
}
