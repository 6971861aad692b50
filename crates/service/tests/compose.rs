//! What docker-compose.yml and .env.example name exists.

use service::settings;
use std::collections::BTreeSet;
use std::path::Path;

const PREFIX: &str = "GENIACS_";

fn text(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()))
}

/// Every `GENIACS_…` in a text, comments included: somebody will copy it from there.
fn variables(text: &str) -> BTreeSet<&str> {
    let part_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(|c: char| !part_of_name(c)).filter(|word| word.starts_with(PREFIX)).collect()
}

#[test]
fn every_variable_of_the_compose_file_and_its_example_is_a_setting() {
    let known: BTreeSet<String> = settings::table().iter().map(settings::Setting::variable).collect();
    for file in ["docker-compose.yml", ".env.example"] {
        let text = text(file);
        let named = variables(&text);
        assert!(!named.is_empty(), "{file} names no variable that begins with {PREFIX}");
        let unknown: Vec<_> = named.into_iter().filter(|name| !known.contains(*name)).collect();
        assert!(unknown.is_empty(), "{file} names {unknown:?}, which no setting reads; docs/operating.md lists them");
    }
}

#[test]
fn variables_of_the_example_reach_the_programs() {
    let (compose, example) = (text("docker-compose.yml"), text(".env.example"));
    let passed_on = variables(&compose);
    let lost: Vec<_> = variables(&example).into_iter().filter(|name| !passed_on.contains(name)).collect();
    assert!(lost.is_empty(), ".env.example names {lost:?}, which docker-compose.yml hands to no program");
}
