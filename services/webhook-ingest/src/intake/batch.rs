//! Gathers events: one commit for many costs little more than for one.

use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::Waiting;

/// Events of one statement.
pub(super) const MOST: usize = 256;
/// How long the first event of a batch waits for others, at most.
const GATHERING: Duration = Duration::from_millis(3);

/// How many batches are being stored.
#[derive(Clone)]
pub(super) struct Storing(watch::Sender<usize>);

impl Storing {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    /// One more, until the answer is dropped.
    pub(super) fn begin(&self) -> impl Drop + use<> {
        self.0.send_modify(|count| *count += 1);
        Ending(self.0.clone())
    }
}

struct Ending(watch::Sender<usize>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// The next batch; `None` once nothing can come any more. Events wait for others only while a batch is being stored:
/// they would have to share the disk with it. Otherwise whoever waits is only late.
pub(super) async fn gather_batch(line: &mut Receiver<Waiting>, storing: &Storing) -> Option<Vec<Waiting>> {
    let mut batch = Vec::new();
    if line.recv_many(&mut batch, MOST).await == 0 {
        return None;
    }

    let end = Instant::now() + GATHERING;
    let mut stored = storing.0.subscribe();

    while batch.len() < MOST {
        let room = MOST - batch.len();
        tokio::select! {
            // Events that wait already are taken before the batch may end.
            biased;
            more = line.recv_many(&mut batch, room) => if more == 0 { break },
            _ = stored.wait_for(|count| *count == 0) => break,
            () = sleep_until(end) => break,
        }
    }
    Some(batch)
}
