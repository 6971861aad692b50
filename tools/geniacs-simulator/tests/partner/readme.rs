//! The README says what there is.

use geniacs_simulator::{Faults, Scenario, WebhookFaults};
use serde_json::Value;
use std::process::Command;

const README: &str = include_str!("../../README.md");

/// The names of all fields.
fn fields(of: &impl serde::Serialize) -> Vec<String> {
    let Value::Object(fields) = serde_json::to_value(of).unwrap() else { panic!("fields") };
    fields.keys().cloned().collect()
}

#[test]
fn every_scenario_stands_in_it_with_its_sentence() {
    for scenario in Scenario::ALL {
        let row = format!("| `{}` | {} |", scenario.name, scenario.description);
        assert!(README.contains(&row), "the README lacks the row {row}");
    }
}

#[test]
fn every_fault_stands_in_it() {
    for name in fields(&Faults::default()).into_iter().chain(fields(&WebhookFaults::default())) {
        let named = ["`", " "].iter().any(|end| README.contains(&format!("`{name}{end}")));
        assert!(named, "the README says nothing of {name}");
    }
}

#[test]
fn every_option_stands_in_it() {
    let help = Command::new(env!("CARGO_BIN_EXE_geniacs-simulator")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let options = help.split_whitespace().filter(|word| word.starts_with("--")).collect::<Vec<_>>();
    assert!(options.len() > 8, "{help}");
    for option in options.into_iter().filter(|option| !matches!(*option, "--help" | "--version")) {
        assert!(README.contains(&format!("`{option}")), "the README says nothing of {option}");
    }
}
