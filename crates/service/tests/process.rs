//! A service as a process: its log, its errors, its signals, its traces.
#![expect(clippy::unwrap_used, reason = "this crate holds nothing but tests")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The example `smallest`, which is built together with this test.
fn command() -> Command {
    let test = std::env::current_exe().unwrap();
    let example: PathBuf = test.parent().unwrap().parent().unwrap().join("examples/smallest");
    let mut command = Command::new(example);
    command.env_clear().stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A running service that ends with the test.
struct Service {
    child: Child,
    log: BufReader<ChildStdout>,
    address: String,
}

impl Service {
    fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let log = BufReader::new(child.stdout.take().unwrap());
        let mut service = Self { child, log, address: String::new() };
        let listening = service.line_with("listening");
        assert_eq!(listening["service"], "smallest");
        listening["address"].as_str().unwrap().clone_into(&mut service.address);
        service
    }

    /// Reads the log up to the line with this message.
    fn line_with(&mut self, message: &str) -> Value {
        loop {
            let mut line = String::new();
            assert_ne!(self.log.read_line(&mut line).unwrap(), 0, "the log ended before `{message}`");
            let line: Value = serde_json::from_str(&line).unwrap();
            if line["message"] == message {
                return line;
            }
        }
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    fn request(&self, path: &str, headers: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{headers}\r\n").unwrap();
        stream
    }

    fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "the service did not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn answer(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_start_error_is_one_sentence_on_standard_error_and_exit_code_1() {
    let output = command().env("GENIACS_BATCH_SIZE", "0").env("RUST_BACKTRACE", "1").output().unwrap();

    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());

    let sentence = String::from_utf8(output.stderr).unwrap();
    assert!(
        sentence.starts_with("error: setting `batch_size` from environment variable GENIACS_BATCH_SIZE"),
        "{sentence}"
    );
    assert_eq!(sentence.lines().count(), 1);
}

#[test]
fn a_port_that_is_taken_is_one_sentence_too() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = command().env("GENIACS_HTTP__PORT", port).env("RUST_BACKTRACE", "1").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let sentence = String::from_utf8(output.stderr).unwrap();
    assert!(sentence.starts_with("error: cannot listen on 127.0.0.1:") && sentence.lines().count() == 1, "{sentence}");
}

#[test]
fn a_signal_stops_the_service_after_open_requests() {
    for signal in ["TERM", "INT"] {
        let mut service = Service::start(&mut command());
        let slow = service.request("/slow", "");
        service.line_with("slow request begins");
        service.signal(signal);
        assert!(answer(slow).ends_with("done"));
        assert_eq!(service.wait().code(), Some(0), "{signal}");
    }
}

#[test]
fn an_idle_connection_does_not_hold_up_a_stop() {
    let mut service = Service::start(&mut command());
    let mut idle = TcpStream::connect(&service.address).unwrap();
    idle.write_all(b"GET /livez HTTP/1.1\r\nHost: test\r\n\r\n").unwrap();
    assert_ne!(idle.read(&mut [0; 1024]).unwrap(), 0);
    let stop = Instant::now();
    service.signal("TERM");
    assert_eq!(service.wait().code(), Some(0));
    assert!(stop.elapsed() < Duration::from_secs(5), "{:?}", stop.elapsed());
}

#[test]
fn a_second_signal_ends_the_service_at_once() {
    let mut service = Service::start(command().env("GENIACS_HTTP__DRAIN_SECONDS", "10"));
    service.signal("TERM");
    service.line_with("stopping");
    service.signal("INT");
    assert_eq!(service.wait().code(), Some(130));
}

#[test]
fn a_panic_is_logged_with_its_place_and_trace_but_not_its_payload() {
    let mut service = Service::start(&mut command());
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let _ = service.request("/panic", &format!("traceparent: 00-{trace}-b7ad6b7169203331-01\r\n")).read(&mut [0; 64]);
    let line = service.line_with("a task panicked");
    assert!(line["code.location"].as_str().unwrap().contains("smallest.rs"), "{line}");
    assert_eq!(line["trace_id"], trace);
    assert!(!line.to_string().contains("customer"), "{line}");
    assert!(answer(service.request("/livez", "")).contains("200 OK"));
}

#[test]
fn an_unknown_variable_is_warned_about() {
    let mut command = command();
    command.env("GENIACS_BATCHSIZE", "hunter2");
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(line.contains("WARN") && line.contains("GENIACS_BATCHSIZE") && !line.contains("hunter2"), "{line}");
}

#[test]
fn log_level_is_the_least_severe_that_goes_to_standard_output() {
    for level in ["info", "warning", "error"] {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut command = command();
        command.env("GENIACS_LOG_LEVEL", level).env("GENIACS_BATCHSIZE", "1");
        let mut child = command.env("GENIACS_HTTP__PORT", free.port().to_string()).spawn().unwrap();
        let log = BufReader::new(child.stdout.take().unwrap());
        let mut service = Service { child, log, address: free.to_string() };

        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(free).is_err() {
            assert!(Instant::now() < deadline, "the service did not start");
            std::thread::sleep(Duration::from_millis(10));
        }

        service.signal("TERM");
        assert_eq!(service.wait().code(), Some(0));

        let mut log = String::new();
        service.log.read_to_string(&mut log).unwrap();
        for (name, wanted) in [("INFO", level == "info"), ("WARN", level != "error")] {
            assert_eq!(log.contains(name), wanted, "{level}: {log}");
        }
    }
}

#[test]
fn a_collector_that_never_answers_delays_a_stop_by_three_seconds_at_most() {
    let collector = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", collector.local_addr().unwrap());
    let mut service = Service::start(command().env("GENIACS_TELEMETRY__OTLP_ENDPOINT", endpoint));
    assert!(answer(service.request("/none", "")).contains("404"));
    let stop = Instant::now();
    service.signal("TERM");
    assert_eq!(service.wait().code(), Some(0));
    assert!(stop.elapsed() < Duration::from_secs(5), "{:?}", stop.elapsed());
}

#[test]
fn spans_reach_the_collector_with_the_callers_trace() {
    let collector = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", collector.local_addr().unwrap());
    let mut service = Service::start(command().env("GENIACS_TELEMETRY__OTLP_ENDPOINT", endpoint));

    let trace = "0af7651916cd43dd8448eb211c80319c";
    answer(service.request("/none", &format!("traceparent: 00-{trace}-b7ad6b7169203331-01\r\n")));

    service.signal("TERM");

    let (mut export, _) = collector.accept().unwrap();
    let wanted: Vec<u8> = (0..16).map(|at| u8::from_str_radix(&trace[2 * at..2 * at + 2], 16).unwrap()).collect();
    let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);

    while !seen.windows(wanted.len()).any(|window| window == wanted) {
        let length = export.read(&mut buffer).unwrap();
        assert_ne!(length, 0, "the export ended without the trace");
        seen.extend_from_slice(&buffer[..length]);
    }

    assert!(seen.starts_with(b"POST /v1/traces HTTP/1.1"));
    export.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
    assert_eq!(service.wait().code(), Some(0));
}
