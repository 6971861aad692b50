//! Diesel keeps no SQLSTATE. So the bytes that come from the server are watched, and in each error that passes by, the
//! code is written in front of its hint, which Diesel does hand on.

use bytes::{Buf, BufMut, BytesMut};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Ready, ready};
use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready as ready_or_wait};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::Socket;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What the hint begins with, before the code.
const MARK: &str = "SQLSTATE ";
/// A message's type and length.
const HEAD: usize = 5;
const ERROR_RESPONSE: u8 = b'E';
/// No error is longer; what claims to be passes as it is.
const LONGEST: usize = 1 << 20;
const READ: usize = 8 * 1024;

/// The code that a hint begins with.
pub(super) fn noted(hint: &str) -> Option<&str> {
    hint.strip_prefix(MARK)?.get(..5)
}

/// A hint with the code in front.
pub(super) fn note(state: &str, hint: &str) -> String {
    if hint.is_empty() { format!("{MARK}{state}") } else { format!("{MARK}{state} {hint}") }
}

/// Whether the client itself could not put a statement into bytes: a value that is too large, or the wrong number of
/// them. These words are tokio-postgres' own, and never translated.
pub(super) fn could_not_be_written(message: &str) -> bool {
    ["error encoding message", "error serializing parameter", "expected "].iter().any(|own| message.starts_with(own))
}

/// A connection's bytes.
pub(crate) struct Watched<S> {
    inner: S,
    channel_binding: fn(&S) -> ChannelBinding,
    /// How much is left of a message that passes as it is.
    left: usize,
    /// What came of a message whose kind, or whose end, is not known yet.
    held: BytesMut,
    /// What may be read next.
    ready: BytesMut,
}

impl<S> Watched<S> {
    fn new(inner: S, channel_binding: fn(&S) -> ChannelBinding) -> Self {
        Self { inner, channel_binding, left: 0, held: BytesMut::new(), ready: BytesMut::new() }
    }

    /// How many of these bytes pass as they are: all but an error, and the pieces of a head.
    fn passing(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        loop {
            let pass = self.left.min(bytes.len() - at);
            self.left -= pass;
            at += pass;
            match bytes.get(at..).and_then(length) {
                Some(length) if bytes.get(at) != Some(&ERROR_RESPONSE) || length > LONGEST => self.left = length,
                _ => return at,
            }
        }
    }

    /// Moves what can be read now from what was held back.
    fn release(&mut self) {
        loop {
            let Some(length) = length(&self.held) else { return };
            let is_error = self.held.first() == Some(&ERROR_RESPONSE) && length <= LONGEST;
            if is_error && self.held.len() < length {
                return;
            }

            let message = self.held.split_to(length.min(self.held.len()));
            self.left = length - message.len();
            if is_error {
                self.ready.put(with_code(&message).as_slice());
            } else {
                self.ready.put(message);
            }
        }
    }

    fn serve(&mut self, to: &mut ReadBuf<'_>) {
        let some = self.ready.len().min(to.remaining());
        to.put_slice(&self.ready.split_to(some));
    }
}

/// The length of the message that begins here, head included, once its head is there.
fn length(bytes: &[u8]) -> Option<usize> {
    let mut length = bytes.get(1..HEAD)?;
    usize::try_from(length.get_u32()).ok()?.checked_add(1)
}

/// An error with its code in its hint; as it is, if it is not understood.
fn with_code(message: &[u8]) -> Vec<u8> {
    rewritten(message).unwrap_or_else(|| message.to_vec())
}

fn rewritten(message: &[u8]) -> Option<Vec<u8>> {
    let (mut state, mut hint) = (None, String::new());
    let mut body = Vec::with_capacity(message.len() + 32);
    let mut rest = message.get(HEAD..)?;
    // Each field is its kind, its text and a zero; a zero instead of a kind ends them.
    while let Some((&kind, after)) = rest.split_first().filter(|(kind, _)| **kind != 0) {
        let end = after.iter().position(|byte| *byte == 0)?;
        let (text, next) = (after.get(..end)?, after.get(end + 1..)?);
        if kind == b'H' {
            hint = String::from_utf8_lossy(text).into_owned();
        } else {
            if kind == b'C' {
                state = Some(std::str::from_utf8(text).ok().filter(|state| state.len() == 5)?);
            }
            body.push(kind);
            body.extend_from_slice(text);
            body.push(0);
        }
        rest = next;
    }

    body.push(b'H');
    body.extend_from_slice(note(state?, &hint).as_bytes());
    body.extend_from_slice(&[0, 0]);

    let mut whole = vec![ERROR_RESPONSE];
    whole.put_u32(u32::try_from(body.len() + HEAD - 1).ok()?);
    whole.append(&mut body);
    Some(whole)
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            if !self.ready.is_empty() {
                self.serve(to);
                return Poll::Ready(Ok(()));
            }

            // Mostly nothing is held back, and nothing has to be: the bytes are read to where they are wanted.
            if self.held.is_empty() {
                let before = to.filled().len();
                ready_or_wait!(Pin::new(&mut self.inner).poll_read(cx, to))?;
                let came = to.filled().get(before..).unwrap_or_default();
                if came.is_empty() {
                    return Poll::Ready(Ok(()));
                }

                let pass = self.passing(came);
                self.held.extend_from_slice(came.get(pass..).unwrap_or_default());
                to.set_filled(before + pass);
                self.release();
                if pass > 0 {
                    return Poll::Ready(Ok(()));
                }
                continue;
            }

            let mut room = [0; READ];
            let mut more = ReadBuf::new(&mut room);
            ready_or_wait!(Pin::new(&mut self.inner).poll_read(cx, &mut more))?;
            if more.filled().is_empty() {
                // The end, in the middle of a message: nothing is kept from the reader.
                let held = self.held.split();
                self.ready.put(held);
                self.serve(to);
                return Poll::Ready(Ok(()));
            }
            self.held.extend_from_slice(more.filled());
            self.release();
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Watched<S> {
    fn channel_binding(&self) -> ChannelBinding {
        (self.channel_binding)(&self.inner)
    }
}

/// Watches a connection without TLS. tokio-postgres lets only a TLS layer put something of its own around its sockets, so
/// this one stands in for it: with `sslmode=require` and `sslnegotiation=direct` it is asked for at once, and nothing is
/// said to the server about it.
#[derive(Clone, Copy)]
pub(crate) struct Plain;

impl MakeTlsConnect<Socket> for Plain {
    type Stream = Watched<Socket>;
    type TlsConnect = Self;
    type Error = Infallible;

    fn make_tls_connect(&mut self, _domain: &str) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

impl TlsConnect<Socket> for Plain {
    type Stream = Watched<Socket>;
    type Error = Infallible;
    type Future = Ready<Result<Watched<Socket>, Infallible>>;

    fn connect(self, socket: Socket) -> Self::Future {
        ready(Ok(Watched::new(socket, |_| ChannelBinding::none())))
    }
}

/// Watches a connection with TLS.
#[derive(Clone)]
pub(crate) struct Encrypted(pub(crate) MakeRustlsConnect);

type Rustls = <MakeRustlsConnect as MakeTlsConnect<Socket>>::TlsConnect;
type RustlsStream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

impl MakeTlsConnect<Socket> for Encrypted {
    type Stream = Watched<RustlsStream>;
    type TlsConnect = Encrypting;
    type Error = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Error;

    fn make_tls_connect(&mut self, domain: &str) -> Result<Encrypting, Self::Error> {
        MakeTlsConnect::<Socket>::make_tls_connect(&mut self.0, domain).map(Encrypting)
    }
}

/// One handshake.
pub(crate) struct Encrypting(Rustls);

impl TlsConnect<Socket> for Encrypting {
    type Stream = Watched<RustlsStream>;
    type Error = <Rustls as TlsConnect<Socket>>::Error;
    type Future = BoxFuture<'static, Result<Self::Stream, Self::Error>>;

    fn connect(self, socket: Socket) -> Self::Future {
        let handshake = self.0.connect(socket);
        async move { Ok(Watched::new(handshake.await?, TlsStream::channel_binding)) }.boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut message = vec![kind];
        message.put_u32(u32::try_from(body.len() + 4).unwrap());
        message.extend_from_slice(body);
        message
    }

    fn error(hint: &[u8]) -> Vec<u8> {
        message(b'E', &[b"SERROR\0C22003\0Mtoo large\0".as_slice(), hint, b"\0"].concat())
    }

    /// Hands out so many bytes at a time.
    struct Pieces(Vec<u8>, usize);

    impl AsyncRead for Pieces {
        fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            let some = self.1.min(self.0.len()).min(to.remaining());
            to.put_slice(&self.0.drain(..some).collect::<Vec<_>>());
            Poll::Ready(Ok(()))
        }
    }

    async fn read(bytes: Vec<u8>, at_a_time: usize) -> Vec<u8> {
        let mut watched = Watched::new(Pieces(bytes, at_a_time), |_| ChannelBinding::none());
        let mut read = Vec::new();
        watched.read_to_end(&mut read).await.unwrap();
        read
    }

    #[tokio::test]
    async fn each_error_gets_its_code_and_all_else_passes_as_it_is_however_it_is_cut() {
        let row = message(b'D', &[b'E'; 300]);
        let bytes =
            [row.clone(), error(b"Htry a smaller one\0"), row.clone(), error(b""), message(b'Z', b"I")].concat();

        let expected = [
            row.clone(),
            message(b'E', b"SERROR\0C22003\0Mtoo large\0HSQLSTATE 22003 try a smaller one\0\0"),
            row,
            message(b'E', b"SERROR\0C22003\0Mtoo large\0HSQLSTATE 22003\0\0"),
            message(b'Z', b"I"),
        ]
        .concat();

        for at_a_time in [1, 2, 3, 4, 5, 6, 7, 11, 64, 299, 310, 4096] {
            assert_eq!(read(bytes.clone(), at_a_time).await, expected, "{at_a_time} bytes at a time");
        }
    }

    #[tokio::test]
    async fn what_is_cut_short_or_not_understood_is_handed_on() {
        for bytes in [error(b"")[..20].to_vec(), message(b'E', b"no fields"), vec![b'E', 0], message(b'E', b"Cab\0\0")]
        {
            assert_eq!(read(bytes.clone(), 3).await, bytes);
        }
    }

    #[test]
    fn the_code_is_found_again() {
        assert_eq!(noted(&note("40P01", "see the log")), Some("40P01"));
        assert_eq!(noted("try a smaller one"), None);
    }
}
