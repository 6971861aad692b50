//! A gateway that answers by heart.

use crate::stand::{Ran, run};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

/// What the gateway was asked: the request line, and the body.
pub(crate) type Asked = Vec<(String, Value)>;

/// Gives these answers in turn, each on a connection of its own, and tells what it was asked.
pub(crate) fn gateway(answers: Vec<(u16, Value)>) -> (String, JoinHandle<Asked>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serve = move || answers.iter().map(|answer| exchange(listener.accept().unwrap().0, answer)).collect();
    (url, std::thread::spawn(serve))
}

fn exchange(mut stream: TcpStream, (status, body): &(u16, Value)) -> (String, Value) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).unwrap();

    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        if let Some(value) = header.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if header.trim().is_empty() {
            break;
        }
    }

    let mut asked = vec![0; length];
    reader.read_exact(&mut asked).unwrap();

    let body = body.to_string();
    let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    stream.write_all((head + &body).as_bytes()).unwrap();

    (first.trim_end().to_owned(), serde_json::from_slice(&asked).unwrap_or_default())
}

/// The program, with that gateway.
pub(crate) fn ask(url: &str, words: &[&str]) -> Ran {
    run(words, &[("GATEWAY_URL", url), ("ADMIN_TOKEN", "gnx_x")])
}
