//! Gathers events: one commit for many costs little more than for one.

use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, timeout_at};

use super::Waiting;

/// Events of one statement.
pub(super) const MOST: usize = 256;
/// How long the first event of a batch waits for others.
const GATHERING: Duration = Duration::from_millis(3);

/// The next batch; `None` once nothing can come any more.
pub(super) async fn gather(line: &mut Receiver<Waiting>) -> Option<Vec<Waiting>> {
    let mut batch = Vec::new();
    if line.recv_many(&mut batch, MOST).await == 0 {
        return None;
    }
    let end = Instant::now() + GATHERING;
    while batch.len() < MOST {
        let room = MOST - batch.len();
        match timeout_at(end, line.recv_many(&mut batch, room)).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
    Some(batch)
}
