//! A PostgreSQL and a RabbitMQ of a test's own, to be stopped and started.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;

/// Private servers, removed when this is dropped.
#[derive(Debug)]
pub struct Servers {
    name: String,
    /// Their PostgreSQL.
    pub database_url: String,
    /// Their RabbitMQ.
    pub amqp_url: String,
}

impl Servers {
    /// Starts servers under a name of their own.
    ///
    /// # Panics
    /// If they do not start.
    pub fn start(name: &str) -> Self {
        let name = format!("test-{name}-{}", std::process::id());
        run(&name, &["start", "--private", "--scratch"]);
        let printed = run(&name, &["env", "--private"]);
        let values: HashMap<&str, &str> = printed.lines().filter_map(|line| line.split_once('=')).collect();
        let value = |key: &str| values.get(key).copied().expect("the stack prints both addresses").to_owned();
        Self { database_url: value("DATABASE_URL"), amqp_url: value("AMQP_URL"), name }
    }

    /// Kills one of them, `postgres` or `rabbitmq`, and starts it again.
    ///
    /// # Panics
    /// If it does not start.
    pub fn crash_and_restart(&self, server: &str) {
        run(&self.name, &["kill", server, "--private"]);
        run(&self.name, &["start", server, "--private", "--scratch"]);
    }

    /// Kills one of them.
    ///
    /// # Panics
    /// If that fails.
    pub fn kill(&self, server: &str) {
        run(&self.name, &["kill", server, "--private"]);
    }

    /// Lets one of them answer nothing until the test lets it go on; its connections stay open.
    ///
    /// # Panics
    /// If that fails.
    pub fn pause(&self, server: &str) {
        run(&self.name, &["pause", server, "--private"]);
    }

    /// Lets one of them go on.
    ///
    /// # Panics
    /// If that fails.
    pub fn resume(&self, server: &str) {
        run(&self.name, &["resume", server, "--private"]);
    }

    /// Starts one of them again.
    ///
    /// # Panics
    /// If it does not start.
    pub fn restart(&self, server: &str) {
        run(&self.name, &["start", server, "--private", "--scratch"]);
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        // One that a failed test has left paused would not stop.
        let _ = Command::new(script()).args([self.name.as_str(), "resume", "--private"]).output();
        let removed = Command::new(script()).args([self.name.as_str(), "remove", "--private"]).status();
        if !removed.is_ok_and(|status| status.success()) {
            eprintln!("the servers {} could not be removed", self.name);
        }
    }
}

fn run(name: &str, arguments: &[&str]) -> String {
    let output = Command::new(script()).arg(name).args(arguments).output().expect("deploy/local/stack runs");
    assert!(output.status.success(), "stack {name} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn script() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../deploy/local/stack")
}
