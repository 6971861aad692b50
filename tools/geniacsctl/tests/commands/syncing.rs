//! `sync run` and `sync status` against a gateway that answers by heart.

use crate::stand::{Ran, run};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

/// What the gateway was asked: the request line, and the body.
type Asked = Vec<(String, Value)>;

/// Gives these answers in turn, each on a connection of its own, and tells what it was asked.
fn gateway(answers: Vec<(u16, Value)>) -> (String, JoinHandle<Asked>) {
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

fn sync(status: &str, processed: u64) -> (u16, Value) {
    let sync = json!({"id": 7, "status": status, "progress": {"total_records": 200, "processed_records": processed},
        "summary": {"created": processed}, "errors": []});
    (200, json!({"success": true, "data": {"sync": sync}}))
}

fn ask(url: &str, words: &[&str]) -> Ran {
    run(words, &[("GATEWAY_URL", url), ("ADMIN_TOKEN", "gnx_x")])
}

const RUN: [&str; 10] =
    ["sync", "run", "--integration", "3", "--entity", "customers", "--type", "full", "--direction", "to_geniacs"];

#[test]
fn a_watched_sync_outlives_a_restart_of_the_gateway_and_ends_with_its_code() {
    for (end, code) in [("success", 0), ("partial", 2), ("failed", 1), ("cancelled", 1)] {
        let away = (503, json!({"success": false, "message": "the database is away", "error": {"code": "away"}}));
        let (url, served) = gateway(vec![sync("processing", 0), away, sync("processing", 100), sync(end, 200)]);
        let ran = ask(&url, &[&RUN[..], &["--limit", "200", "--watch"]].concat());
        assert_eq!(ran.code, code, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.starts_with(&format!("sync 7: {end}, 200 records: 200 created")), "{}", ran.stdout);
        let asked = served.join().unwrap();
        assert_eq!(asked[0].0, "POST /api/geniacs/sync/trigger HTTP/1.1");
        let request = json!({"integration_id": 3, "sync_type": "full", "entity_type": "customers",
            "sync_direction": "to_geniacs", "filters": {"limit": 200}});
        assert_eq!(asked[0].1, request);
        assert_eq!(asked[3].0, "GET /api/geniacs/sync/7/status HTTP/1.1");
    }
}

#[test]
fn json_is_what_the_gateway_said() {
    let (url, served) = gateway(vec![sync("processing", 0)]);
    let ran = ask(&url, &["sync", "status", "7", "--json"]).succeeded();
    assert_eq!(serde_json::from_str::<Value>(&ran.stdout).unwrap(), sync("processing", 0).1["data"]);
    served.join().unwrap();
}

#[test]
fn a_refusal_names_every_field() {
    let body = json!({"success": false, "message": "some fields are not valid",
        "error": {"code": "validation_failed", "details": [{"field": "filters.limit", "message": "is too large"}]}});
    let (url, served) = gateway(vec![(422, body)]);
    let ran = ask(&url, &RUN);
    assert!(ran.sentence().ends_with("some fields are not valid; filters.limit: is too large"), "{}", ran.stderr);
    served.join().unwrap();
}

#[test]
fn a_refused_token_names_the_command_that_makes_one() {
    let (url, served) = gateway(vec![(401, json!({"success": false, "message": "sign in"}))]);
    let ran = ask(&url, &["sync", "status", "7"]);
    assert!(ran.sentence().contains("geniacsctl token create"), "{}", ran.stderr);
    served.join().unwrap();
}
