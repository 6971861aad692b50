//! The stage of a connection: it waits for another request, or for its own answer.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Waker;

use tokio::time::Instant;

use super::{Cut, FIRST_HEAD_TIMEOUT, HEAD_TIMEOUT, KEEP_ALIVE, MOST_RECEIVED};

/// Shared by the stream, which sees bytes, and the server's outermost layer, which sees requests.
#[derive(Debug, Clone)]
pub(in crate::http) struct Stage(Rc<StageState>);

#[derive(Debug)]
struct StageState {
    /// Requests that are being answered.
    answering: Cell<u32>,
    /// Since when none is.
    idle_since: Cell<Instant>,
    /// Whether there was a request at all: the first one is not waited for so long.
    is_used: Cell<bool>,
    /// When what may become the next head began to arrive.
    head_since: Cell<Option<Instant>>,
    /// Bytes since the last request began.
    received: Cell<usize>,
    /// The task that reads the connection.
    reader: RefCell<Option<Waker>>,
}

/// A request that is being answered, until this is dropped.
pub(in crate::http) struct Answering(Stage);

impl Stage {
    pub(super) fn new() -> Self {
        Self(Rc::new(StageState {
            answering: Cell::new(0),
            idle_since: Cell::new(Instant::now()),
            is_used: Cell::new(false),
            head_since: Cell::new(None),
            received: Cell::new(0),
            reader: RefCell::new(None),
        }))
    }

    /// A head is complete, and its request has begun.
    pub(super) fn begin(&self) -> Answering {
        let state = &self.0;
        state.answering.set(state.answering.get() + 1);
        state.is_used.set(true);
        state.head_since.set(None);
        state.received.set(0);
        Answering(self.clone())
    }

    /// Bytes have come.
    pub(super) fn received(&self, bytes: usize) -> Result<(), Cut> {
        let state = &self.0;
        // Counted until the next request begins, so a body without an end is cut.
        state.received.set(state.received.get().saturating_add(bytes));

        if state.received.get() > MOST_RECEIVED {
            return Err(Cut::Flood);
        }
        // The first byte after an answer begins the next head.
        if bytes > 0 && state.answering.get() == 0 && state.head_since.get().is_none() {
            state.head_since.set(Some(Instant::now()));
        }
        Ok(())
    }

    /// When a client that sends nothing more is given up; never while it is we who are to answer. Whoever asks is woken
    /// when that changes.
    pub(super) fn deadline(&self, reader: &Waker) -> Option<Instant> {
        let state = &self.0;
        if state.answering.get() > 0 {
            let mut known = state.reader.borrow_mut();
            if !known.as_ref().is_some_and(|known| known.will_wake(reader)) {
                *known = Some(reader.clone());
            }
            return None;
        }

        let begun = state.head_since.get().map(|since| since + HEAD_TIMEOUT);
        // A connection that has sent a request may rest longer than one that never did.
        let patience = if state.is_used.get() { KEEP_ALIVE } else { FIRST_HEAD_TIMEOUT };

        Some(begun.unwrap_or_else(|| state.idle_since.get() + patience))
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let state = &self.0.0;
        state.answering.set(state.answering.get().saturating_sub(1));
        if state.answering.get() > 0 {
            return;
        }

        state.idle_since.set(Instant::now());
        // No timer is set yet for the next request.
        if let Some(reader) = state.reader.borrow_mut().take() {
            reader.wake();
        }
    }
}
