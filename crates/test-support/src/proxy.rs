//! A TCP proxy with faults, to put between a client and its server.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The way in which the proxy treats its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Pass,
    /// Connections stay and are made, but no byte passes: a server that is stopped, or a path that swallows.
    Paused,
    /// New connections are reset at once: a server that is down.
    Refusing,
}

/// A proxy on a port of its own, in front of one server, until it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    mode: watch::Sender<Mode>,
    cuts: watch::Sender<CancellationToken>,
    delay: watch::Sender<Duration>,
    open: Arc<AtomicUsize>,
    accepted: Arc<AtomicUsize>,
    end: CancellationToken,
}

/// The state that a connection needs.
#[derive(Clone)]
struct Rules {
    upstream: String,
    mode: watch::Receiver<Mode>,
    delay: watch::Receiver<Duration>,
    open: Arc<AtomicUsize>,
}

impl Proxy {
    /// Listens on a free port of the loopback address and forwards to `upstream`, written `host:port`.
    pub async fn start(upstream: impl Into<String>) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;

        let (mode, modes) = watch::channel(Mode::Pass);
        let (cuts, cut) = watch::channel(CancellationToken::new());
        let (delay, delays) = watch::channel(Duration::ZERO);
        let (open, accepted) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let end = CancellationToken::new();

        let rules = Rules { upstream: upstream.into(), mode: modes, delay: delays, open: open.clone() };
        tokio::spawn(end.clone().run_until_cancelled_owned(accept_clients(listener, rules, cut, accepted.clone())));

        Ok(Self { address, mode, cuts, delay, open, accepted, end })
    }

    /// Where to connect instead of the server.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Resets every connection that is open now. New ones pass.
    pub fn cut(&self) {
        self.cuts.send_replace(CancellationToken::new()).cancel();
    }

    /// Lets no byte pass any more, in either direction; connections stay open, and new ones are taken.
    pub fn pause(&self) {
        self.mode.send_replace(Mode::Paused);
    }

    /// Resets every connection, and every new one.
    pub fn refuse(&self) {
        self.mode.send_replace(Mode::Refusing);
        self.cut();
    }

    /// Ends a pause or a refusal. Bytes that were held back during a pause pass.
    pub fn resume(&self) {
        self.mode.send_replace(Mode::Pass);
    }

    /// Holds every piece of data back for this long, in both directions.
    pub fn delay(&self, delay: Duration) {
        self.delay.send_replace(delay);
    }

    /// How many connections are open to the server now.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// How many connections were ever asked for, refused ones included.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.end.cancel();
        self.cut();
    }
}

async fn accept_clients(
    listener: TcpListener,
    rules: Rules,
    cut: watch::Receiver<CancellationToken>,
    accepted: Arc<AtomicUsize>,
) {
    while let Ok((client, _)) = listener.accept().await {
        accepted.fetch_add(1, Ordering::SeqCst);
        if *rules.mode.borrow() == Mode::Refusing {
            reset_stream(&client);
            continue;
        }

        let (rules, cut) = (rules.clone(), cut.borrow().clone());
        tokio::spawn(async move { forward_client(client, rules, cut).await });
    }
}

/// A connection that is dropped after this ends with a reset, not with a goodbye.
fn reset_stream(stream: &TcpStream) {
    let _ = stream.set_zero_linger();
}

async fn forward_client(mut client: TcpStream, rules: Rules, cut: CancellationToken) -> Option<()> {
    let mut server = cut.run_until_cancelled(TcpStream::connect(&rules.upstream)).await?.ok()?;
    // A delay of the proxy's own would make tests slow.
    client.set_nodelay(true).ok()?;
    server.set_nodelay(true).ok()?;

    rules.open.fetch_add(1, Ordering::SeqCst);

    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();

    let up = copy_direction(from_client, to_server, rules.clone());
    let down = copy_direction(from_server, to_client, rules.clone());

    if cut.run_until_cancelled(async { tokio::join!(up, down) }).await.is_none() {
        reset_stream(&client);
        reset_stream(&server);
    }

    rules.open.fetch_sub(1, Ordering::SeqCst);
    Some(())
}

/// Copies one direction until its end, and passes the end on.
async fn copy_direction(mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, mut rules: Rules) -> io::Result<()> {
    let mut piece = vec![0; 64 * 1024];
    loop {
        let length = from.read(&mut piece).await?;

        let delay = *rules.delay.borrow();
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        // The end of a stream is held back by a pause like any other byte.
        if rules.mode.wait_for(|mode| *mode != Mode::Paused).await.is_err() {
            return Ok(());
        }

        if length == 0 {
            return to.shutdown().await;
        }

        to.write_all(&piece[..length]).await?;
    }
}
