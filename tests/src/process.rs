//! A service as a process: its log read, its address found, and signals sent to it.

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

const START: Duration = Duration::from_mins(1);

/// A running service; killed when it is dropped.
#[derive(Debug)]
pub struct Process {
    name: &'static str,
    child: Child,
    address: String,
    log: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts a service that the workspace's build has made and waits until it listens.
    ///
    /// # Panics
    /// If it does not; its log is part of the message.
    pub fn start(name: &'static str, settings: &BTreeMap<String, String>) -> Self {
        let mut child = Command::new(binary(name))
            .env_clear()
            .envs(settings)
            .env("GENIACS_HTTP__PORT", "0")
            .env("SIMULATOR_PORT", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the service's binary is there; run `make test`, which builds it");

        let output = child.stdout.take().expect("its output is piped");
        let log = Arc::<Mutex<Vec<String>>>::default();
        let (listening, heard) = mpsc::channel();
        let kept = log.clone();
        let reader = std::thread::spawn(move || read(BufReader::new(output), &kept, &listening));

        let mut process = Self { name, child, address: String::new(), log, reader: Some(reader) };
        process.address = process.wait_for_address(&heard);
        process
    }

    fn wait_for_address(&self, heard: &Receiver<String>) -> String {
        match heard.recv_timeout(START) {
            Ok(address) => address,
            Err(RecvTimeoutError::Timeout) => panic!("{} did not listen in time: {:?}", self.name, self.log()),
            Err(RecvTimeoutError::Disconnected) => panic!("{} ended: {:?}", self.name, self.log()),
        }
    }

    /// `http://host:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The most memory that it has held so far, in bytes; none where the system does not tell.
    pub fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kibibytes: u64 = peak.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kibibytes * 1024)
    }

    /// What it has written so far, a line each.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends it as a power failure would.
    pub fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }

    /// Asks it to stop and returns its exit code.
    ///
    /// # Panics
    /// If the signal cannot be sent.
    pub fn stop(&mut self) -> Option<i32> {
        self.signal("TERM");
        self.child.wait().expect("its end can be waited for").code()
    }

    /// Sends a signal, by name: `STOP`, `CONT`.
    ///
    /// # Panics
    /// If it cannot be sent.
    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args(["-s", signal, &self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "{}: SIG{signal} could not be sent", self.name);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn read(output: impl BufRead, log: &Mutex<Vec<String>>, listening: &Sender<String>) {
    for line in output.lines().map_while(Result::ok) {
        if let Some(address) = address(&line) {
            // Nobody waits any more once it has been heard.
            let _ = listening.send(address);
        }
        log.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

/// The address in the line that a service, or the simulator, writes when it is ready.
fn address(line: &str) -> Option<String> {
    if let Some(rest) = line.strip_prefix("geniacs-simulator listening on ") {
        return rest.split_whitespace().next().map(str::to_owned);
    }
    let line: Value = serde_json::from_str(line).ok()?;
    let fields = line.get("fields").unwrap_or(&line);
    let message = fields.get("message").or_else(|| line.get("message"))?;
    if message != "listening" {
        return None;
    }
    fields.get("address").or_else(|| line.get("address"))?.as_str().map(str::to_owned)
}

/// The workspace's binaries lie beside each other, and test programs in a folder `deps` beside them.
pub(crate) fn binary(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("a program knows its own path");
    let folder = own.parent().expect("a program lies in a folder");
    let beside = if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder };
    beside.join(name)
}
