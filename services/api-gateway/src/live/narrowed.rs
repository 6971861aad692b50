//! A stream of one sync: what all hear, narrowed to it, and its log entries.

use crate::database::Database;
use actix_web::web::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{FutureExt as _, Stream, StreamExt as _};
use serde::Serialize;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;
use storage::console::log_entries::{self, LogEntry};
use storage::starts::schedules;
use tokio::time::{Interval, MissedTickBehavior};

/// Between two looks for log entries.
const LOOK: Duration = Duration::from_secs(1);
/// Entries that one look takes; what is left is for the next one.
const MOST_ENTRIES: i64 = 500;
/// A transaction that writes an entry ends by then.
const LATEST: TimeDelta = TimeDelta::seconds(30);
/// Kinds of events that everyone hears, whatever the stream is narrowed to.
const FOR_ALL: [&str; 3] = ["ready", "reset", "time"];

/// Narrows a stream to one sync. `view` shows a log entry.
pub(crate) fn narrow_to_sync<V: Serialize>(
    events: impl Stream<Item = Result<Bytes, Infallible>>,
    database: Database,
    sync_id: i64,
    view: impl Fn(LogEntry) -> V,
) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let mut ticks = tokio::time::interval(LOOK);
    // A slow look is not made up for by several at once.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let logs = SyncLogs { database, sync_id, from: None, seen: BTreeMap::new() };

    let state = (Box::pin(events), logs, ticks, view);
    futures_util::stream::unfold(state, async |(mut events, mut logs, mut ticks, view)| {
        let text = next_text(&mut events, &mut logs, &mut ticks, &view).await?;
        Some((Ok(Bytes::from(text)), (events, logs, ticks, view)))
    })
}

/// The next text that is not empty; none at the end.
async fn next_text<V: Serialize>(
    events: &mut (impl Stream<Item = Result<Bytes, Infallible>> + Unpin),
    logs: &mut SyncLogs,
    ticks: &mut Interval,
    view: &impl Fn(LogEntry) -> V,
) -> Option<String> {
    loop {
        let text = tokio::select! {
            frame = events.next() => {
                let Ok(frame) = frame?;
                only_of_sync(std::str::from_utf8(&frame).unwrap_or_default(), logs.sync_id)
            }
            _ = ticks.tick() => logs.news().await.into_iter().filter_map(|entry| log_event(&view(entry))).collect(),
        };

        if !text.is_empty() {
            return Some(text);
        }
    }
}

/// The events of a frame that are about one sync, or for everyone. The place stays also if its event is left out, so that a
/// client that comes back goes on from it.
fn only_of_sync(frame: &str, sync_id: i64) -> String {
    let about = format!("data: {{\"id\":{sync_id},");
    let mut kept = String::new();
    for block in frame.split_inclusive("\n\n") {
        let Some(kind) = block.strip_prefix("event: ").and_then(|rest| rest.lines().next()) else {
            // Blocks without a kind, such as `retry:`, are for everyone.
            kept.push_str(block);
            continue;
        };

        let is_about = kind == "sync" && block.lines().any(|line| line.starts_with(&about));
        if is_about || FOR_ALL.contains(&kind) {
            kept.push_str(block);
        } else if let Some(place) = block.lines().find(|line| line.starts_with("id: ")) {
            kept.push_str(place);
            kept.push_str("\n\n");
        }
    }
    kept
}

fn log_event(entry: &impl Serialize) -> Option<String> {
    let data = serde_json::to_string(entry).ok()?;
    Some(format!("event: log\ndata: {data}\n\n"))
}

/// The log entries of a sync, as they come.
struct SyncLogs {
    database: Database,
    sync_id: i64,
    /// Entries from this moment on are looked for; none: from the first look on.
    from: Option<DateTime<Utc>>,
    /// What was found since, by number: an entry may become visible after a later one.
    seen: BTreeMap<i64, DateTime<Utc>>,
}

impl SyncLogs {
    /// The entries that came since the last look. If the database fails, the next look finds them.
    async fn news(&mut self) -> Vec<LogEntry> {
        let (sync_id, from) = (self.sync_id, self.from);
        let read = self.database.run(move |c| {
            async move {
                let Some(from) = from else { return Ok((schedules::now(c).await?, Vec::new())) };
                Ok((from, log_entries::of_sync_from(c, sync_id, from, MOST_ENTRIES).await?))
            }
            .boxed()
        });
        let Ok((from, entries)) = read.await else { return Vec::new() };
        self.from = Some(from);

        let is_full = i64::try_from(entries.len()).is_ok_and(|found| found >= MOST_ENTRIES);
        let newest = entries.last().map(|entry| entry.created_at);
        let new: Vec<LogEntry> = entries.into_iter().filter(|entry| !self.seen.contains_key(&entry.id)).collect();
        self.seen.extend(new.iter().map(|entry| (entry.id, entry.created_at)));

        if let Some(newest) = newest {
            // A full look goes on behind what it saw; else it would see the same for ever.
            let reached = if is_full { newest } else { newest - LATEST };
            let from = self.from.map_or(reached, |from| from.max(reached));
            self.from = Some(from);
            self.seen.retain(|_, at| *at >= from);
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::only_of_sync;

    #[test]
    fn a_frame_is_narrowed_to_one_sync_and_keeps_its_place() {
        let frame = "event: sync\ndata: {\"id\":7,\"x\":1}\n\nevent: sync\ndata: {\"id\":77,\"x\":1}\n\n\
                     event: webhook\ndata: {\"id\":7,\"x\":1}\n\nevent: ready\ndata: {}\n\nevent: conflict\ndata: {}\nid: 5-6\n\n";
        let kept = "event: sync\ndata: {\"id\":7,\"x\":1}\n\nevent: ready\ndata: {}\n\nid: 5-6\n\n";
        assert_eq!(only_of_sync(frame, 7), kept);
        assert_eq!(only_of_sync("retry: 2000\n\n: heartbeat\n\n", 7), "retry: 2000\n\n: heartbeat\n\n");
        assert_eq!(only_of_sync("event: webhook\ndata: {}\n\n", 7), "");
    }
}
