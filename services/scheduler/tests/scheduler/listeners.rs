//! An SMTP server and an HTTP server that write down what they get.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// A mail as the server took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mail {
    pub(crate) to: String,
    /// Head and body.
    pub(crate) text: String,
}

/// How a mail server is spoken to.
#[derive(Clone)]
pub(crate) enum Security {
    None,
    StartTls(TlsAcceptor),
    Tls(TlsAcceptor),
}

/// Speaks SMTP. It refuses addresses that begin with `nobody`.
pub(crate) struct MailServer {
    pub(crate) address: SocketAddr,
    mails: Arc<Mutex<Vec<Mail>>>,
}

impl MailServer {
    /// One without TLS.
    pub(crate) async fn start() -> Self {
        Self::start_with(Security::None).await
    }

    pub(crate) async fn start_with(security: Security) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mails = Arc::new(Mutex::new(Vec::new()));
        let taken = mails.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, security.clone(), taken.clone()));
            }
        });
        Self { address, mails }
    }

    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }

    /// The settings that lead here.
    pub(crate) fn settings(&self, security: &str) -> Vec<(&'static str, String)> {
        vec![
            ("GENIACS_NOTIFICATIONS__SMTP_HOST", self.address.ip().to_string()),
            ("GENIACS_NOTIFICATIONS__SMTP_PORT", self.address.port().to_string()),
            ("GENIACS_NOTIFICATIONS__SMTP_SECURITY", security.to_owned()),
            ("GENIACS_NOTIFICATIONS__SMTP_FROM", "geniacs@example.com".to_owned()),
        ]
    }
}

type Mails = Arc<Mutex<Vec<Mail>>>;

async fn serve(stream: TcpStream, security: Security, mails: Mails) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);

    match security {
        Security::None => {
            stream.write_all(GREETING).await?;
            converse(&mut stream, &mails, false).await?;
        }
        Security::StartTls(acceptor) => {
            stream.write_all(GREETING).await?;
            if converse(&mut stream, &mails, true).await? {
                let stream = acceptor.accept(stream.into_inner()).await?;
                converse(&mut BufReader::new(stream), &mails, false).await?;
            }
        }
        Security::Tls(acceptor) => {
            let mut stream = BufReader::new(acceptor.accept(stream.into_inner()).await?);
            stream.write_all(GREETING).await?;
            converse(&mut stream, &mails, false).await?;
        }
    }

    Ok(())
}

const GREETING: &[u8] = b"220 mail.example.com\r\n";

/// Speaks until the other side ends it, or until TLS is to begin, which it says then. Where it offers TLS, it takes no mail
/// before.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    mails: &Mails,
    offers_tls: bool,
) -> std::io::Result<bool> {
    let mut to = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(false);
        }

        let answer = match line.split([' ', '\r']).next().unwrap_or_default() {
            "EHLO" if offers_tls => "250-mail.example.com\r\n250-8BITMIME\r\n250 STARTTLS\r\n",
            "STARTTLS" if offers_tls => {
                stream.write_all(b"220 go on\r\n").await?;
                return Ok(true);
            }
            _ if offers_tls => "530 TLS first\r\n",
            "EHLO" => "250-mail.example.com\r\n250 8BITMIME\r\n",
            "MAIL" | "RSET" | "NOOP" => "250 fine\r\n",
            "RCPT" if line.contains("<nobody") => "550 no such person\r\n",
            "RCPT" => {
                to = line.trim().trim_start_matches("RCPT TO:<").trim_end_matches('>').to_owned();
                "250 fine\r\n"
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let mut text = String::new();
                while !text.ends_with("\r\n.\r\n") {
                    if stream.read_line(&mut text).await? == 0 {
                        return Ok(false);
                    }
                }
                mails.lock().unwrap().push(Mail { to: to.clone(), text });
                "250 taken\r\n"
            }
            "QUIT" => "221 bye\r\n",
            _ => "502 not here\r\n",
        };

        stream.write_all(answer.as_bytes()).await?;
    }
}

/// A request as the server got it.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    head: String,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> String {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).unwrap().1.to_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Answers each request with the next of some heads, and with 200 after the last.
pub(crate) struct HookServer {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl HookServer {
    pub(crate) async fn start(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let answers = Arc::new(Mutex::new(answers.iter().map(ToString::to_string).collect::<VecDeque<_>>()));
        let taken = requests.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, taken.clone(), answers.clone()));
            }
        });
        Self { address, requests }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

async fn answer(
    stream: TcpStream,
    requests: Arc<Mutex<Vec<Request>>>,
    answers: Arc<Mutex<VecDeque<String>>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await? == 0 {
            return Ok(());
        }
    }

    let mut request = Request { head, body: String::new() };
    let mut body = vec![0; request.header("content-length").parse().unwrap()];
    stream.read_exact(&mut body).await?;
    request.body = String::from_utf8(body).unwrap();

    requests.lock().unwrap().push(request);

    let head = answers.lock().unwrap().pop_front().unwrap_or_else(|| "200 OK".to_owned());
    stream.write_all(format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").as_bytes()).await
}
