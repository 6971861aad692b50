//! The program.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_geniacs-simulator"));
    command.env_clear();
    command
}

/// Ends with the test.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn scenarios_are_listed_with_a_sentence_each() {
    let output = program().args(["--scenario", "help"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    for name in ["healthy", "slow", "flaky", "outage", "throttled", "strict", "forgetful", "shuffled", "lying-listing"]
    {
        assert!(text.lines().any(|line| line.starts_with(name) && line.ends_with('.')), "{name}: {text}");
    }
}

#[test]
fn an_unknown_scenario_stops_the_start_and_names_the_known_ones() {
    let output = program().args(["--port", "0", "--scenario", "flakey"]).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(text.contains("flakey") && text.contains("lying-listing"), "{text}");
}

#[tokio::test]
async fn it_starts_with_data_and_a_scenario() {
    let mut child = program()
        .args(["--port", "0", "--seed-data", "30", "--scenario", "slow,forgetful"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();

    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let _started = Started(child);
    assert!(line.contains("slow,forgetful"), "{line}");

    let admin = line.split("admin API ").nth(1).and_then(|rest| rest.split(')').next()).unwrap();
    let http = geniacs::http_client(&geniacs::HttpOptions::default()).unwrap();

    let get = async |path: &str| -> serde_json::Value {
        let response = http.get(format!("{admin}{path}")).send().await.unwrap();
        serde_json::from_str(&response.text().await.unwrap()).unwrap()
    };

    for (entity, count) in [("customers", 30), ("invoices", 90), ("monitoring_data", 300)] {
        assert_eq!(get(&format!("/count/{entity}")).await["count"], count, "{entity}");
    }

    let faults = get("/faults").await;
    assert_eq!((&faults["ignore_idempotency"], &faults["latency_ms"]), (&true.into(), &300.into()));
}
