//! One accepted connection: counted by its peer's address, and with a deadline at every stage.
//!
//! actix itself watches only the first head of a connection, its keep-alive and its last goodbye. Here the stream below it is
//! watched, so that nothing depends on what the HTTP dispatcher waits for:
//!
//! - **Nothing is being answered.** The next head must begin within [`KEEP_ALIVE`] and be complete [`HEAD_TIMEOUT`] later. What
//!   else a client sends meanwhile, such as the rest of a body that was refused, counts as part of that head.
//! - **A request is being answered.** Its handler limits how long a body may take. What arrives is limited in size.
//! - **Something is to be written**, at any time. The client must take it: it may fall behind by [`WRITE_PATIENCE`], and
//!   regains it with what it takes. An event stream lives for as long as its reader reads.

mod admission;
pub(super) mod ended;
mod files;
mod stage;

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::Error;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use admission::Permit;
pub(super) use admission::{Admission, Refused};
pub(super) use files::possible_connections;
use stage::Answering;
pub(super) use stage::Stage;

/// A head must be complete so long after it began.
pub(super) const HEAD_TIMEOUT: Duration = seconds(10);
/// The first head is waited for a little longer than by actix, which answers 408.
const FIRST_HEAD_TIMEOUT: Duration = seconds(12);
/// Above the idle time of common load balancers, so that they and not this server close idle connections.
pub(super) const KEEP_ALIVE: Duration = seconds(75);
/// How long a client may take nothing of what is to be written.
const WRITE_PATIENCE: Duration = seconds(15);
/// With each second's worth that a client takes, it regains a second of patience.
const SLOWEST_READER: u32 = 4 * 1024;
/// What may arrive between the beginnings of two requests: a body and what comes behind it.
const MOST_RECEIVED: usize = 4 * 1024 * 1024;
/// A body is handed to the HTTP dispatcher in such pieces, because it copies each into its buffer at once.
const PIECE: usize = 16 * 1024;

/// The tests of this crate wait a tenth of the time.
const fn seconds(seconds: u64) -> Duration {
    Duration::from_millis(seconds * if cfg!(test) { 100 } else { 1_000 })
}

/// Why a connection was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Cut {
    #[error("the client sent no complete request in time")]
    SlowHead,
    #[error("the client did not take its answer")]
    SlowReader,
    #[error("the client sent a request that is too large")]
    Flood,
}

impl From<Cut> for io::Error {
    fn from(cut: Cut) -> Self {
        Self::new(io::ErrorKind::TimedOut, cut)
    }
}

/// A stream with deadlines, which counts for its peer's address for as long as it lives.
#[derive(Debug)]
pub(super) struct Watched {
    stream: TcpStream,
    stage: Stage,
    reading: Deadline,
    writing: Deadline,
    patience: Duration,
    blocked_since: Option<Instant>,
    _permit: Permit,
}

impl Watched {
    pub(super) fn new(stream: TcpStream, permit: Permit) -> Self {
        Self {
            stream,
            stage: Stage::new(),
            reading: Deadline::default(),
            writing: Deadline::default(),
            patience: WRITE_PATIENCE,
            blocked_since: None,
            _permit: permit,
        }
    }

    pub(super) fn stage(&self) -> Stage {
        self.stage.clone()
    }

    fn regain_patience(&mut self, written: usize) {
        let Some(since) = self.blocked_since.take() else { return };
        let seconds = f64::from(u32::try_from(written).unwrap_or(u32::MAX)) / f64::from(SLOWEST_READER);
        let left = self.patience.saturating_sub(since.elapsed());
        self.patience = left.saturating_add(Duration::from_secs_f64(seconds)).min(WRITE_PATIENCE);
    }
}

impl AsyncRead for Watched {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();

        match Pin::new(&mut this.stream).poll_read(cx, buffer) {
            Poll::Ready(Ok(())) => {
                this.stage.received(buffer.filled().len() - before)?;
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            // A deadline is looked at only while nothing comes.
            Poll::Pending => match this.stage.deadline(cx.waker()) {
                Some(deadline) if this.reading.is_over(cx, deadline) => Poll::Ready(Err(Cut::SlowHead.into())),
                _ => Poll::Pending,
            },
        }
    }
}

impl AsyncWrite for Watched {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();

        match Pin::new(&mut this.stream).poll_write(cx, bytes) {
            Poll::Ready(Ok(written)) => {
                this.regain_patience(written);
                Poll::Ready(Ok(written))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                // The time counts from the first write that did not go on, not from this one.
                let since = *this.blocked_since.get_or_insert_with(Instant::now);
                if this.writing.is_over(cx, since + this.patience) {
                    return Poll::Ready(Err(Cut::SlowReader.into()));
                }
                Poll::Pending
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

/// A timer that is moved only when it must ring earlier, or when it has rung too early: most deadlines never come.
#[derive(Debug, Default)]
struct Deadline(Option<Pin<Box<Sleep>>>);

impl Deadline {
    /// Whether the moment has come. Otherwise the task is woken by then.
    fn is_over(&mut self, cx: &mut Context<'_>, deadline: Instant) -> bool {
        let sleep = self.0.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        // A timer that fires too early is set anew below. One that would fire too late is set now.
        if deadline < sleep.deadline() {
            sleep.as_mut().reset(deadline);
        }

        while sleep.as_mut().poll(cx).is_ready() {
            if Instant::now() >= deadline {
                return true;
            }
            sleep.as_mut().reset(deadline);
        }
        false
    }
}

/// Tells the connection when a request begins and when the last byte of its answer is handed over.
pub(super) async fn follow_answer<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<Followed<B>>, Error> {
    let answering = request.conn_data::<Stage>().map(Stage::begin);
    let response = next.call(request).await?;
    Ok(response.map_body(|_, body| Followed { body: Box::pin(body), rest: Bytes::new(), _answering: answering }))
}

/// A body in small pieces, whose end is noticed.
pub(super) struct Followed<B> {
    body: Pin<Box<B>>,
    /// The rest of the last chunk.
    rest: Bytes,
    _answering: Option<Answering>,
}

impl<B: MessageBody> MessageBody for Followed<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.get_mut();
        if this.rest.is_empty() {
            match this.body.as_mut().poll_next(cx) {
                Poll::Ready(Some(Ok(chunk))) => this.rest = chunk,
                other => return other,
            }
        }

        let length = this.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(this.rest.split_to(length))))
    }
}
