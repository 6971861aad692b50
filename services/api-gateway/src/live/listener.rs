//! One stream of events.

use super::Position;
use super::event::Frame;
use super::metrics;
use actix_web::web::Bytes;
use chrono::{SecondsFormat, Utc};
use futures_util::Stream;
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, oneshot};
use tokio_util::sync::CancellationToken;

/// Between two time signals: proxies do not take a quiet stream for a dead one, and a client that left is noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A listener that has taken nothing for as long does not read any more.
pub(super) const LOST: Duration = Duration::from_mins(1);
/// Milliseconds after which a client comes back by itself.
const RETRY: &str = "retry: 2000\n\n";

/// What a listener gets from the hub: the state of things, and what comes after it.
pub(super) type Start = (Frame, broadcast::Receiver<Arc<Frame>>);

/// A wish to listen.
pub(super) struct Join {
    /// The place that was reached before, if any.
    pub(super) from: Option<Position>,
    pub(super) reply: oneshot::Sender<Start>,
}

/// A listener as the hub knows it.
#[derive(Debug)]
struct ListenerEntry {
    token_id: i64,
    cut: CancellationToken,
    taken_at: Arc<Mutex<Instant>>,
}

/// Everyone who listens.
#[derive(Debug, Default)]
pub(super) struct Listeners {
    entries: Mutex<HashMap<u64, ListenerEntry>>,
    next: AtomicU64,
}

impl Listeners {
    /// Takes in one more, unless there are `most` already, or half as many with this token: one client that forgets to
    /// hang up leaves room for the others.
    pub(super) fn add(self: &Arc<Self>, token_id: i64, cut: CancellationToken, most: usize) -> Option<Seat> {
        let mut entries = self.lock();
        let of_token = entries.values().filter(|entry| entry.token_id == token_id).count();
        if entries.len() >= most || of_token >= most.div_ceil(2) {
            return None;
        }

        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let taken_at = Arc::new(Mutex::new(Instant::now()));
        entries.insert(id, ListenerEntry { token_id, cut: cut.clone(), taken_at: taken_at.clone() });

        metrics::count_listener();
        Some(Seat { id, listeners: self.clone(), cut, taken_at })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// The tokens that listeners came with, each once.
    pub(super) fn tokens(&self) -> Vec<i64> {
        let mut ids: Vec<i64> = self.lock().values().map(|entry| entry.token_id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Ends the streams of all others.
    pub(super) fn keep(&self, valid: &[i64]) {
        self.cut_where("token", |entry| !valid.contains(&entry.token_id));
    }

    /// Ends the streams that nobody reads any more, so that they take nobody's place.
    pub(super) fn cut_lost(&self, now: Instant) {
        self.cut_where("lost", |entry| now.duration_since(*lock(&entry.taken_at)) > LOST);
    }

    fn cut_where(&self, reason: &'static str, is_over: impl Fn(&ListenerEntry) -> bool) {
        self.lock().retain(|_, entry| {
            let over = is_over(entry);
            if over {
                entry.cut.cancel();
                metrics::count_cut(reason);
                metrics::uncount_listener();
            }
            !over
        });
    }

    fn remove(&self, id: u64) {
        if self.lock().remove(&id).is_some() {
            metrics::uncount_listener();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, ListenerEntry>> {
        lock(&self.entries)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A listener's place among them, given up when its stream is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    id: u64,
    listeners: Arc<Listeners>,
    cut: CancellationToken,
    taken_at: Arc<Mutex<Instant>>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.listeners.remove(self.id);
    }
}

/// How far a stream is.
enum StreamStage {
    Begins(oneshot::Receiver<Start>),
    Waits(oneshot::Receiver<Start>, Instant),
    /// With the moment of the next time signal, which comes however much else is told.
    Runs(broadcast::Receiver<Arc<Frame>>, Instant),
}

/// The stream's bytes, until it is cut off or its client leaves.
pub(super) fn listener_stream(
    seat: Seat,
    start: oneshot::Receiver<Start>,
) -> impl Stream<Item = Result<Bytes, Infallible>> + use<> {
    futures_util::stream::unfold((seat, StreamStage::Begins(start)), async |(seat, stage)| {
        // Asked for the next part, the client has taken the one before.
        *lock(&seat.taken_at) = Instant::now();
        let (text, stage) = next_part(&seat.cut, stage).await?;
        Some((Ok(text), (seat, stage)))
    })
}

async fn next_part(cut: &CancellationToken, stage: StreamStage) -> Option<(Bytes, StreamStage)> {
    match stage {
        // At once, so that the client knows that it is listened to.
        StreamStage::Begins(start) => {
            Some((Bytes::from_static(RETRY.as_bytes()), StreamStage::Waits(start, Instant::now() + HEARTBEAT)))
        }
        StreamStage::Waits(mut start, signal) => tokio::select! {
            () = cut.cancelled() => None,
            () = tokio::time::sleep_until(signal.into()) => {
                Some((time_signal(), StreamStage::Waits(start, Instant::now() + HEARTBEAT)))
            }
            begun = &mut start => {
                let (frame, news) = begun.ok()?;
                Some((take_frame(&frame), StreamStage::Runs(news, signal)))
            }
        },
        StreamStage::Runs(mut news, signal) => tokio::select! {
            () = cut.cancelled() => None,
            () = tokio::time::sleep_until(signal.into()) => {
                Some((time_signal(), StreamStage::Runs(news, Instant::now() + HEARTBEAT)))
            }
            frame = news.recv() => match frame {
                Ok(frame) => Some((take_frame(&frame), StreamStage::Runs(news, signal))),
                // It comes back with the place that it had reached, and reads from there.
                Err(RecvError::Lagged(_)) => {
                    metrics::count_cut("slow");
                    None
                }
                Err(RecvError::Closed) => None,
            }
        },
    }
}

fn take_frame(frame: &Frame) -> Bytes {
    for (kind, number) in &frame.kinds {
        metrics::count_sent(kind, *number);
    }
    frame.text.clone()
}

/// What time it is here, by which a client tells the age of what it shows. It has no place of its own.
fn time_signal() -> Bytes {
    let now = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
    Bytes::from(format!("event: time\ndata: {{\"time\":\"{now}\"}}\n\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt as _;

    fn frame(text: &str) -> Frame {
        Frame { text: Bytes::from(text.to_owned()), ..Frame::default() }
    }

    fn seat(listeners: &Arc<Listeners>, token_id: i64) -> Seat {
        listeners.add(token_id, CancellationToken::new(), 2).unwrap()
    }

    #[tokio::test]
    async fn a_listener_that_does_not_keep_up_is_cut_off_and_the_others_go_on() {
        let listeners = Arc::<Listeners>::default();
        let (news, _) = broadcast::channel(4);
        let mut streams: Vec<_> = (0..2)
            .map(|token| {
                let (reply, start) = oneshot::channel();
                assert!(reply.send((frame("start"), news.subscribe())).is_ok());
                Box::pin(listener_stream(seat(&listeners, token), start))
            })
            .collect();

        for stream in &mut streams {
            assert_eq!(stream.next().await.unwrap().unwrap(), RETRY);
            assert_eq!(stream.next().await.unwrap().unwrap(), "start");
        }

        for number in 0..10 {
            news.send(Arc::new(frame(&number.to_string()))).unwrap();
            assert_eq!(streams[0].next().await.unwrap().unwrap(), number.to_string());
        }

        assert!(streams[1].next().await.is_none());
        streams.pop();
        assert_eq!(listeners.tokens(), [0]);
    }

    #[tokio::test]
    async fn the_time_is_told_when_it_is_due_however_much_else_is() {
        let cut = CancellationToken::new();
        let (sender, news) = broadcast::channel(4);
        let due = Instant::now() + Duration::from_millis(50);
        sender.send(Arc::new(frame("frame"))).unwrap();
        let (text, stage) = next_part(&cut, StreamStage::Runs(news, due)).await.unwrap();
        assert_eq!(text, "frame");
        let StreamStage::Runs(_, kept) = &stage else { panic!("it runs") };
        assert_eq!(*kept, due, "a frame does not put the time off");

        let (text, stage) = next_part(&cut, stage).await.unwrap();
        assert!(text.starts_with(b"event: time\ndata: {\"time\":\"2"), "{text:?}");
        assert!(matches!(stage, StreamStage::Runs(_, again) if again > due), "the next one is set");
    }

    #[tokio::test]
    async fn places_are_bounded_and_one_that_nobody_reads_is_given_to_another() {
        let listeners = Arc::<Listeners>::default();
        let (first, second) = (seat(&listeners, 1), seat(&listeners, 2));
        assert!(listeners.add(3, CancellationToken::new(), 2).is_none());

        let later = Instant::now() + LOST + Duration::from_secs(1);
        *lock(&second.taken_at) = later;
        listeners.cut_lost(later);
        assert!(first.cut.is_cancelled() && !second.cut.is_cancelled());
        seat(&listeners, 3);
    }

    #[tokio::test]
    async fn one_token_leaves_room_for_others() {
        let listeners = Arc::<Listeners>::default();
        let add = |token_id| listeners.add(token_id, CancellationToken::new(), 4);
        let seats = [add(1), add(1)];
        assert!(add(1).is_none() && add(2).is_some());
        drop(seats);
        assert!(add(1).is_some());
    }

    #[tokio::test]
    async fn only_streams_of_valid_tokens_are_kept() {
        let listeners = Arc::<Listeners>::default();
        let (kept, ended) = (seat(&listeners, 1), seat(&listeners, 2));
        listeners.keep(&[1]);
        assert!(!kept.cut.is_cancelled() && ended.cut.is_cancelled());
        drop((kept, ended));
        assert!(listeners.is_empty());
    }
}
