//! As much of an HTTP server as the partner needs, with every byte in its own hand.

use std::rc::Rc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as it came.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// What is done about it.
#[derive(Debug)]
pub(crate) enum Reply {
    Answer {
        status: u16,
        date: String,
        body: String,
    },
    /// The connection is dropped.
    Nothing,
}

/// Serves whoever connects, on the current thread, for as long as it is polled.
pub(crate) async fn serve<F: Future<Output = Reply> + 'static>(
    listener: TcpListener,
    handler: impl Fn(Request) -> F + 'static,
) {
    let handler = Rc::new(handler);
    while let Ok((stream, _)) = listener.accept().await {
        let handler = handler.clone();
        tokio::task::spawn_local(async move {
            // A client that went away is no news.
            let _ = connection(stream, &*handler).await;
        });
    }
}

async fn connection<F: Future<Output = Reply>>(
    mut stream: TcpStream,
    handler: &impl Fn(Request) -> F,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::new();
    while let Some(request) = read(&mut stream, &mut buffer).await? {
        let Reply::Answer { status, date, body } = handler(request).await else { return Ok(()) };

        let head = format!(
            "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nDate: {date}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).await?;
    }
    Ok(())
}

async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<Option<Request>> {
    let head_end = loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };

    let head = String::from_utf8_lossy(&buffer[..head_end]).into_owned();
    let header = |name: &str| {
        let named = |line: &str| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        };
        head.lines().find_map(named)
    };

    let length: usize = header("content-length").and_then(|digits| digits.parse().ok()).unwrap_or(0);
    while buffer.len() < head_end + length {
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }

    let mut words = head.split(' ');
    let request = Request {
        method: words.next().unwrap_or_default().to_owned(),
        path: words.next().unwrap_or_default().to_owned(),
        idempotency_key: header("idempotency-key"),
        body: buffer[head_end..head_end + length].to_vec(),
    };

    buffer.drain(..head_end + length);
    Ok(Some(request))
}
