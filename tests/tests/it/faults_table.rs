//! `docs/faults.md` names tests; each of them is there.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The names of all functions in the sources below a folder.
fn functions(folder: &Path, found: &mut HashSet<String>) {
    for entry in std::fs::read_dir(folder).expect("the folder is read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            functions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("the source is read");
            let names = text.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next());
            found.extend(names.map(str::to_owned));
        }
    }
}

#[test]
fn every_test_that_the_table_of_faults_names_is_there() {
    let table = std::fs::read_to_string(root().join("docs/faults.md")).expect("the table is read");
    let rows = table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| fault"));

    let mut known = HashSet::new();
    for folder in ["crates", "services", "tools", "tests"] {
        functions(&root().join(folder), &mut known);
    }

    for row in rows {
        let tests: Vec<&str> = row.split('|').nth(2).expect("a second column").split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "no test for: {row}");
        let missing: Vec<&&str> = tests.iter().filter(|test| !known.contains(**test)).collect();
        assert!(missing.is_empty(), "{missing:?} named by: {row}");
    }
}
