//! Long statements lie in files of their own, and each of them is one that the migrated database understands.

use diesel_async::SimpleAsyncConnection as _;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use storage::statements::filled;
use test_support::TestDatabase;

/// Lines of SQL that may stand in a function.
const MOST_LINES: usize = 10;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every file below `src` with this ending, by its path from there.
fn files(ending: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![source()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                let name = path.strip_prefix(source()).unwrap().to_str().unwrap().to_owned();
                found.insert(name, std::fs::read_to_string(path).unwrap());
            }
        }
    }

    found
}

/// The texts between quotes of a Rust file, with the line where each begins.
fn texts(source: &str) -> Vec<(usize, String)> {
    let (mut found, mut text, mut line, mut previous) = (Vec::new(), None::<(usize, String)>, 1, ' ');
    let mut characters = source.chars().peekable();

    while let Some(character) = characters.next() {
        line += usize::from(character == '\n');
        match (&mut text, character) {
            (Some((_, text)), '\\') => {
                text.extend(characters.next().inspect(|next| line += usize::from(*next == '\n')));
            }
            (Some(_), '"') => found.extend(text.take()),
            (Some((_, text)), other) => text.push(other),
            // A quote as a character is no beginning of a text, nor is one in a comment.
            (None, '"') if previous != '\'' => text = Some((line, String::new())),
            (None, '/') if characters.peek() == Some(&'/') => {
                characters.by_ref().find(|next| *next == '\n');
                line += 1;
            }
            (None, _) => {}
        }
        previous = character;
    }

    found
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_of_a_file_can_be_prepared() {
    let database = TestDatabase::create().await;
    let mut connection = database.connection().await;
    let (mut statements, mut filled) = (files("sql"), filled());
    for (file, _) in &filled {
        assert!(source().join(file).exists(), "there is no {file}");
    }
    statements.retain(|file, _| filled.iter().all(|(name, _)| name != file));
    assert!(statements.len() + filled.len() > 50, "too few statements were found");
    filled.sort_unstable();

    let as_they_are = statements.iter().map(|(file, sql)| (file.as_str(), sql));
    let mut wrong = Vec::new();
    for (file, sql) in filled.iter().map(|(file, sql)| (*file, sql)).chain(as_they_are) {
        match connection.batch_execute(&format!("PREPARE tried AS {sql}")).await {
            Ok(()) => connection.batch_execute("DEALLOCATE tried").await.unwrap(),
            Err(error) => wrong.push(format!("{file}: {error}")),
        }
    }
    let wrong = wrong.join("\n");
    assert!(wrong.is_empty(), "is there a place that statements.rs does not fill?\n{wrong}");
}

#[test]
fn a_statement_of_many_lines_lies_in_a_file_of_its_own() {
    for (file, source) in files("rs") {
        for (line, text) in texts(&source) {
            let is_sql = ["SELECT", "INSERT", "UPDATE", "DELETE"].iter().any(|word| text.contains(word));
            let lines = text.lines().count();
            assert!(
                !is_sql || lines <= MOST_LINES,
                "{file}:{line}: {lines} lines of SQL belong into a .sql file beside it"
            );
        }
    }
}
